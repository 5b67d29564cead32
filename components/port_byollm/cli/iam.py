"""`port-byollm iam`."""

import json
from typing import TextIO

import click

from port_byollm.cli.group import Group
from port_byollm.cli.json_file import read_json


@click.group(cls=Group)
def command() -> None:
    """Simulate IAM's decisions offline."""


@command.command
@click.argument("file", type=click.File(encoding="utf-8"), default="-")
def simulate(file: TextIO) -> None:
    """Decide requests as IAM would, given policies.

    Reads JSON from FILE or standard input: one document or a list of documents {"identityPolicies",
    "resourcePolicy", "permissionBoundary", "scps", "rcps", "requests"}. Prints a decision for each request,
    or null if IAM would reject a policy or the request.
    """
    from port_byollm.iam.simulation import simulate as decide

    given = read_json(file)
    answers = [decide(document) for document in given] if isinstance(given, list) else decide(given)
    click.echo(json.dumps(answers, indent=2, ensure_ascii=False))
