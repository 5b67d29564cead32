"""`port-byollm diagnose`: a module for each part of a request's path."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING

import click

from port_byollm.cli.diagnose.diagnosis import EXIT_STATUS, Diagnosis
from port_byollm.cli.stack.stack import Stack, takes_stack
from port_byollm.errors import ConfigError, PortByollmError

if TYPE_CHECKING:
    from port_byollm.cli.doctor.finding import Finding
    from port_byollm.cli.stack.plan import Plan
    from port_byollm.client.port import PortClient

_BEDROCK = "bedrock"


@click.command
@takes_stack
@click.option("--test", "testing", is_flag=True, help="Also have Port call the models, as an update does.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(stack: Stack, testing: bool, as_json: bool) -> None:
    """Find out which side makes requests fail: yours (OURS), PORT, AWS or UNKNOWN.

    Follows the path of a request to Port AI, and ends with the first fault and how to fix it. Changes
    nothing; with --test, Port saves the registrations unchanged, because it tests a registration only when
    saving it.

    Exits with 0 if no fault is found, 1 for OURS, 3 for UNKNOWN, 4 for PORT and 5 for AWS.
    """
    from port_byollm.cli.doctor import show

    findings = []
    for finding in _walk(stack, testing):
        findings.append(finding)
        if not as_json:
            show(finding)
    diagnosis = Diagnosis(findings)
    if as_json:
        click.echo(json.dumps({"stack": stack.name, **diagnosis.to_json()}, indent=2))
    else:
        click.echo(f"\n{diagnosis.summary}")
    raise SystemExit(EXIT_STATUS[diagnosis.verdict])


def _walk(stack: Stack, testing: bool) -> "Iterator[Finding]":
    from port_byollm.cli.diagnose import port
    from port_byollm.cli.diagnose.finding import Fault
    from port_byollm.cli.stack.plan import Plan
    from port_byollm.cli.stack.state import State

    plan, state = Plan.of(stack), State.of(stack)
    if not state.providers():
        raise PortByollmError(
            f"the stack {stack.name} has registered no provider yet; `port-byollm doctor` shows what "
            "blocks it"
        )
    up = f"port-byollm pulumi up --stack {stack.name}"
    faults = set()
    for finding in _at_port(stack, plan, lambda client: port.walk(client, state, plan.config, up)):
        faults |= {finding.subject} if isinstance(finding, Fault) else set()
        yield finding
    if _BEDROCK in state.providers() and port.provider_subject(_BEDROCK) not in faults:
        yield from _in_aws(stack, plan, up)
    if testing:
        yield from _at_port(stack, plan, lambda client: port.test(client, state, plan.config))


def _at_port(
    stack: Stack, plan: "Plan", steps: "Callable[[PortClient], AsyncIterator[Finding]]"
) -> "list[Finding]":
    from port_byollm.cli.diagnose.finding import Side, fault
    from port_byollm.cli.stack.organization import port_client

    async def walk() -> "list[Finding]":
        async with port_client(stack, plan.config) as client:
            return [finding async for finding in steps(client)]

    try:
        with stack.environment():
            return asyncio.run(walk())
    except ConfigError as error:
        return [fault(Side.OURS, error.field, error.problem, error.way_out)]


def _in_aws(stack: Stack, plan: "Plan", up: str) -> "Iterator[Finding]":
    import boto3
    from botocore.exceptions import BotoCoreError

    from port_byollm.cli.diagnose import bedrock, connection
    from port_byollm.cli.diagnose.finding import Side, fault
    from port_byollm.cli.doctor.account import Account
    from port_byollm.cli.doctor.finding import unknown
    from port_byollm.cli.verify.deployed import deployed
    from port_byollm.cli.verify.promise import Given

    try:
        evidence = deployed(stack, Given())
        with stack.environment():
            yield from connection.walk(evidence, up)
            region = evidence.promise.region
            session = boto3.Session(profile_name=plan.setting("aws:profile"), region_name=region)
            yield from bedrock.walk(Account(str(evidence.account), region, plan, session), evidence.promise)
    except (ConfigError, BotoCoreError) as error:
        yield unknown("everything else of AWS", str(error), "run this again once the above is fixed")
    except PortByollmError as error:
        yield fault(Side.OURS, "trust", str(error), f"`{up} --refresh`")
