"""`docs/emulator-pages.md`: its commands and its pictures are there."""

import re
import shlex
from pathlib import Path

import click
import pytest

from port_byollm.cli.sandbox import command, open_pages

DOCS = Path(__file__).parents[4] / "docs"
TEXT = (DOCS / "emulator-pages.md").read_text()


@pytest.mark.parametrize("line", re.findall(r"^\$ (.*)", TEXT, re.MULTILINE))
def test_every_command_exists(line: str) -> None:
    program, group, name, *options = shlex.split(line, comments=True)
    assert (program, group) == ("port-byollm", "sandbox")
    assert isinstance(command, click.Group)
    assert command.commands[name] is open_pages
    open_pages.make_context(name, options)


def test_every_picture_is_there() -> None:
    shown = re.findall(r'src(?:set)?="images/([^"]+)"', TEXT)
    assert shown
    assert {*shown} <= {path.name for path in (DOCS / "images").iterdir()}
