"""`port-byollm` as a whole."""

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from port_byollm.cli.__main__ import COMMANDS, main
from port_byollm_engine import install
from port_byollm_engine.errors import EngineError

from .conftest import CommandLine


def _commands(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command."""
    yield words
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _commands(command, (*words, name))
        else:
            yield (*words, name)


@pytest.mark.parametrize("words", [*_commands(main)], ids=" ".join)
def test_every_command_has_help(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*words, "--help"])

    assert result.exit_code == 0
    assert result.output.startswith("Usage:")
    assert "..." not in result.output.partition("\nCommands:\n")[2]


def test_the_commands_are_listed_with_what_they_are_for() -> None:
    output = CliRunner().invoke(main, ["--help"], terminal_width=120).output

    for name, purpose in COMMANDS.items():
        assert f"  {name}" in output
        assert purpose in output


def test_help_imports_none_of_the_commands() -> None:
    code = (
        "import sys\nfrom port_byollm.cli.__main__ import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "print([name for name in ('pulumi', 'boto3', 'httpx', 'pydantic', 'grpc') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.endswith("\n[]\n")


def test_engine_install_names_the_engine(command_line: CommandLine) -> None:
    result = command_line.run("engine", "install")

    assert result.output == (
        f"{command_line.engine.path} (Pulumi {install.VERSION}, "
        "not an official release: for the stack local and tests)\n"
    )


def test_engine_install_fails_with_the_reason(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ensure() -> None:
        raise EngineError("the disk is full")

    monkeypatch.setattr(install, "ensure", ensure)

    result = command_line.run("engine", "install")

    assert (result.exit_code, result.output) == (1, "Error: the disk is full\n")


def test_models_refresh_wants_a_region(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")

    result = command_line.run("models", "refresh")

    assert result.exit_code == 1
    assert "give --region or set AWS_REGION" in result.output
