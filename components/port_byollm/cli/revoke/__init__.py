"""`port-byollm revoke`: one file for who is stopped in AWS, one for what the stack's state is told of it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import click

from port_byollm.cli.local_state import NAME as SANDBOX
from port_byollm.cli.plan import Plan
from port_byollm.cli.revoke.identity import Identity, identities
from port_byollm.cli.revoke.note import note
from port_byollm.cli.stack import Stack, takes_stack
from port_byollm.errors import ConfigError, PortByollmError


@click.command
@takes_stack
@click.option("--yes", "-y", is_flag=True, help="Revoke without asking.")
def command(stack: Stack, yes: bool) -> None:
    """Stop Port's use of Bedrock at once.

    Nobody may assume the stack's role any more, and sessions from before are denied everything; the access
    keys of the stack's user are deactivated. It takes AWS credentials alone: neither Port nor the stack's
    state nor an update that is under way can hold it up. Then the state is told, for the next `up` to undo
    it.
    """
    plan = Plan(stack.written_config())
    if not plan.asks_for("bedrock"):
        raise ConfigError(
            "byollm:bedrock", f"the stack {stack.name} does not manage it", "name another stack"
        )
    with _environment(stack):
        found = identities(plan, stack.name.rpartition("/")[2])
        if not yes:
            names = " and ".join(identity.arn for identity in found)
            click.confirm(f"Stop {names}, with every session that there is?", abort=True)
        failed = [problem for identity in found for problem in _revoke(identity)]
    _tell(stack, found)
    if failed:
        raise PortByollmError(f"not all of it is revoked: {'; '.join(failed)}; run the same again")


def _revoke(identity: Identity) -> list[str]:
    """What of it failed: one step does not wait for another."""
    from botocore.exceptions import BotoCoreError, ClientError

    failed = []
    for step in identity.steps:
        try:
            click.echo(f"{identity.arn}: {step()}")
        except (BotoCoreError, ClientError) as error:
            failed.append(f"{identity.arn}: {error}")
    return failed


def _environment(stack: Stack) -> AbstractContextManager[None]:
    """The sandbox's, for its stack. Any other stack's is the caller's: no engine is needed to know it."""
    return stack.environment() if stack.name == SANDBOX else nullcontext()


def _tell(stack: Stack, revoked: Sequence[Identity]) -> None:
    up = f"port-byollm pulumi up --stack {stack.name}"
    try:
        stack.edit_state(lambda resources: note(resources, revoked))
    except PortByollmError as error:
        click.echo(
            f"The stack's state could not be told ({error}), so that no update undoes it: run the same again "
            f"when it can be, and `{up}` does."
        )
    else:
        click.echo(f"The stack's state was told: `{up}` undoes it.")
