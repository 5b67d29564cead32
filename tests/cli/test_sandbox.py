"""`port-byollm sandbox`."""

import json
import os
import subprocess
from pathlib import Path

import click
import pytest

from port_byollm_sandbox import lifecycle
from port_byollm_sandbox.errors import SandboxError
from port_byollm_sandbox.port_emulator.pages import link

from .conftest import CommandLine


def test_start_says_where_both_are(command_line: CommandLine) -> None:
    result = command_line.run("sandbox", "start")

    assert result.exit_code == 0
    assert result.output == "Port: http://127.0.0.1:1\nAWS:  http://127.0.0.1:2 (eu-west-1, 111122223333)\n"
    assert command_line.started == [command_line.directory]


def test_the_folder_may_be_named(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT_BYOLLM_SANDBOX_DIR", "own")

    command_line.run("sandbox", "start")

    assert command_line.started == [command_line.folder / "own"]


def test_status_is_true_only_while_it_runs(command_line: CommandLine) -> None:
    stopped = command_line.run("sandbox", "status")
    assert stopped.exit_code == 1
    assert "port-byollm sandbox start" in stopped.output
    assert command_line.run("sandbox", "status", "--json").exit_code == 1
    assert json.loads(command_line.run("sandbox", "status", "--json").output) == {"running": False}

    command_line.run("sandbox", "start")

    assert command_line.run("sandbox", "status").exit_code == 0
    assert json.loads(command_line.run("sandbox", "status", "--json").output)["running"] is True


def test_secrets_are_shown_only_where_asked_for(command_line: CommandLine) -> None:
    command_line.run("sandbox", "start")

    assert "hunter2" not in command_line.run("sandbox", "status", "--json").output
    assert "hunter2" in command_line.run("sandbox", "status", "--json", "--show-secrets").output
    refused = command_line.run("sandbox", "status", "--show-secrets")
    assert (refused.exit_code, "hunter2" in refused.output) == (2, False)
    assert "--show-secrets needs --json" in refused.output


def test_a_shell_can_evaluate_the_environment(command_line: CommandLine) -> None:
    command_line.run("sandbox", "start")

    printed = command_line.run("sandbox", "env").output
    done = subprocess.run(
        [
            "sh",
            "-c",
            f'{printed}echo "$PULUMI_CONFIG_PASSPHRASE|${{AWS_PROFILE-none}}|${{PULUMI_STACK-none}}"',
        ],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"AWS_PROFILE": "the-users"},
    )

    assert done.stdout == "it's a pass phrase|none|none\n"
    assert "export PORT_BYOLLM_ACCEPT_UNOFFICIAL_ENGINE=yes\n" in printed


def test_an_environment_needs_a_running_sandbox(command_line: CommandLine) -> None:
    assert command_line.run("sandbox", "env").exit_code == 1
    assert command_line.started == []


def test_what_goes_wrong_is_a_sentence(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(directory: Path) -> None:
        raise SandboxError("the sandbox has no room")

    monkeypatch.setattr(lifecycle, "start", start)

    result = command_line.run("sandbox", "start")

    assert result.exit_code == 1
    assert result.output == "Error: the sandbox has no room\n"


@pytest.mark.parametrize(("options", "client"), [((), "admin"), (("--member",), "member")])
def test_open_signs_a_browser_in_by_a_link(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], client: str
) -> None:
    command_line.run("sandbox", "start")
    opened: list[str] = []
    monkeypatch.setattr(click, "launch", opened.append)
    monkeypatch.setattr(link, "sign_in_link", lambda base_url, credential: f"{base_url} {credential!r}")

    printed = command_line.run("sandbox", "open", "--print", *options).output
    assert client in printed
    assert opened == []
    assert command_line.run("sandbox", "open", *options).output == printed
    assert opened == [printed.rstrip("\n")]


def test_open_says_what_to_do_where_nothing_runs(command_line: CommandLine) -> None:
    result = command_line.run("sandbox", "open")

    assert result.exit_code == 1
    assert "port-byollm sandbox start" in result.output
