"""`port-byollm iam`."""

import json
from typing import TextIO

import click

from port_byollm.cli.group import Group
from port_byollm.cli.json_file import read_json


@click.group(cls=Group)
def command() -> None:
    """Ask what IAM would decide, without AWS."""


@command.command
@click.argument("file", type=click.File(encoding="utf-8"), default="-")
def simulate(file: TextIO) -> None:
    """Decide requests over policies, both as JSON from FILE or standard input.

    One document, or a list of them: {"identityPolicies", "resourcePolicy", "permissionBoundary", "scps",
    "rcps", "requests"}. Prints a decision per request; null where IAM would refuse a policy or the request.
    """
    from port_byollm.iam.simulation import simulate as decide

    given = read_json(file)
    answers = [decide(one) for one in given] if isinstance(given, list) else decide(given)
    click.echo(json.dumps(answers, indent=2, ensure_ascii=False))
