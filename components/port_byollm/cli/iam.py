"""`port-byollm iam`."""

import json
from typing import Any, TextIO

import click

from port_byollm.errors import ConfigError


@click.group
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

    given = _read(file)
    answers = [decide(one) for one in given] if isinstance(given, list) else decide(given)
    click.echo(json.dumps(answers, indent=2, ensure_ascii=False))


def _read(file: TextIO) -> Any:
    try:
        return json.load(file, object_pairs_hook=_each_once, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ConfigError(file.name, f"is not JSON: {error}") from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, unless one of its keys would silently hide another: that could be a Deny."""
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"an object has the key {twice!r} twice")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
