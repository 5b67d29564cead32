"""`docs/reviewing.md`: its options exist. (What it shows is compared in `tests/stacks/test_review.py`.)"""

import json
import re
import shlex
from pathlib import Path

import click

from port_byollm.cli.audit import command as audit
from port_byollm.cli.audit.record import SCHEMA
from port_byollm.cli.review import command as review
from port_byollm.iam.access import Kind

TEXT = (Path(__file__).parents[3] / "docs/reviewing.md").read_text()


def test_every_option_of_the_page_exists() -> None:
    known: dict[str, click.Command] = {f"audit {name}": one for name, one in audit.commands.items()}
    known["review"] = review
    lines = [line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()]
    shown = [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("port-byollm ")]
    assert len(shown) == 4
    for words in shown:
        name = " ".join(words[: 2 if words[0] == "audit" else 1])
        options = {option for parameter in known[name].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options


def test_every_kind_of_fact_and_every_part_of_a_record_is_explained() -> None:
    parts = json.loads(SCHEMA.read_text())["properties"].keys() - {"schemaVersion", "stack"}
    for name in [*(kind.value for kind in Kind), *parts]:
        assert f"`{name}`" in TEXT, name
