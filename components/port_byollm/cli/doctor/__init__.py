"""`port-byollm doctor`: a module for each side (stack, AWS, Port), a function for each check."""

import asyncio
import json
from collections.abc import Iterator
from datetime import date

import click

from port_byollm.cli.doctor.finding import Finding, Verdict, problem
from port_byollm.cli.doctor.stack import check_stack
from port_byollm.cli.stack.plan import Plan
from port_byollm.cli.stack.stack import Stack, takes_stack
from port_byollm.errors import ConfigError

_COLORS = {Verdict.OK: "green", Verdict.PROBLEM: "red", Verdict.UNKNOWN: "yellow"}


@click.command
@takes_stack
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(stack: Stack, as_json: bool) -> None:
    """Check what would block an update before you run it, and how to fix it.

    Queries AWS and Port with the credentials that the update would use, and changes nothing. What these
    credentials cannot see is UNKNOWN. Exits with 0 only if there is no PROBLEM.
    """
    findings = []
    with stack.environment():
        for finding in _examine(stack):
            findings.append(finding)
            if not as_json:
                show(finding)
    if as_json:
        click.echo(
            json.dumps({"stack": stack.name, "findings": [each.to_json() for each in findings]}, indent=2)
        )
    if any(finding.verdict is Verdict.PROBLEM for finding in findings):
        raise SystemExit(1)


def _examine(stack: Stack) -> Iterator[Finding]:
    from port_byollm.cli.doctor.aws import check_aws

    plan = Plan.of(stack)
    yield from check_stack(stack, plan, date.today())
    try:
        yield from check_aws(plan)
    except ConfigError as error:
        yield problem(error.field, error.problem, error.way_out)
    yield from asyncio.run(_ask_port(stack, plan))


async def _ask_port(stack: Stack, plan: Plan) -> list[Finding]:
    from port_byollm.cli.doctor.port import check_port
    from port_byollm.cli.stack.organization import port_client

    try:
        async with port_client(stack, plan.config) as port:
            return [finding async for finding in check_port(plan, port)]
    except ConfigError as error:
        return [problem(error.field, error.problem, error.way_out)]


def show(finding: Finding) -> None:
    """Print a finding for people."""
    verdict = click.style(f"{finding.verdict:<8}", fg=_COLORS[finding.verdict], bold=True)
    click.echo(f"{verdict} {finding.subject}: {finding.found}")
    if finding.next_step:
        click.echo(f"{'':<8} -> {finding.next_step}")
