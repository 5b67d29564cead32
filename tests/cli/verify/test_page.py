"""`docs/verify.md`: what it shows is what the command prints. (Of a stack: `tests/stacks/test_verify.py`.)"""

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from port_byollm.cli.verify import command

from .page import blocks, shows


def test_documents_in_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trust, invoke, _ = blocks("json")
    _, line, _ = blocks("sh")
    _, expected, _ = blocks("text")
    Path("trust.json").write_text(trust)
    Path("invoke.json").write_text(invoke)
    _, verb, *arguments = shlex.split(line.replace("\\\n", ""))
    assert verb == "verify"

    result = CliRunner().invoke(command, arguments)

    assert result.exit_code == 1
    assert shows(expected, result.output)


def test_every_option_of_the_page_exists() -> None:
    options = {option for parameter in command.params for option in parameter.opts}
    shown = {
        word for block in blocks("sh") for word in shlex.split(block, comments=True) if word.startswith("--")
    }
    assert shown - {"--policy-id"} <= options


@pytest.mark.parametrize(
    ("expected", "printed", "is_shown"),
    [
        ("a\n…\nc\n", "a\nb\nc\n", True),
        ("…\nb\n…\n", "a\nb\nc\n", True),
        ("a\nc\n", "a\nb\nc\n", False),
        ("b\n…\na\n", "a\nb\n", False),
        ("b\n…\n", "a\nb\n", False),
    ],
)
def test_what_is_left_out_is_only_where_it_says_so(expected: str, printed: str, is_shown: bool) -> None:
    assert shows(expected, printed) is is_shown
