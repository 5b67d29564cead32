"""`port-byollm revoke`: one file for who is meant, one for what stops them in AWS, one for what the stack's
state is told of it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import click

from port_byollm.cli.revoke.identity import Identity, identities
from port_byollm.cli.revoke.note import note
from port_byollm.cli.revoke.wanted import Wanted, wanted
from port_byollm.cli.stack.local_state import NAME as SANDBOX
from port_byollm.cli.stack.plan import Plan
from port_byollm.cli.stack.stack import Stack, names_stack
from port_byollm.errors import PortByollmError


@click.command
@names_stack
@click.option("--role", "roles", multiple=True, metavar="NAME", help="Stop this role, whoever made it.")
@click.option("--user", "users", multiple=True, metavar="NAME", help="Stop this user, whoever made it.")
@click.option("--yes", "-y", is_flag=True, help="Revoke without asking.")
def command(
    name: str | None, config_file: Path | None, roles: tuple[str, ...], users: tuple[str, ...], yes: bool
) -> None:
    """Stop Port's use of Bedrock at once.

    Nobody may assume the stack's role any more, and sessions from before are denied everything; the access
    keys of the stack's user are deactivated. It takes AWS credentials alone: neither Port nor the stack's
    state nor an update that is under way can hold it up. Then the state is told, for the next `up` to undo
    it.

    Role and user are those of the configuration. Of a program of your own, which has them nowhere, they are
    those of the state; or, without any stack, those that --role and --user name.
    """
    given = bool(roles or users)
    # A name alone is of the account that one is signed in to, whichever stack is selected.
    stack = None if given and name is None else Stack.named(name, config_file)
    plan = Plan(stack.written_config() if stack else {})
    with _environment(stack):
        if stack and not given:
            whom = wanted(stack, plan)
        else:
            whom = Wanted(roles, users, plan.target.aws_account_id if plan.target else None)
        found = identities(whom, plan)
        if not yes:
            names = " and ".join(identity.arn for identity in found)
            click.confirm(f"Stop {names}, with every session that there is?", abort=True)
        failed = [problem for identity in found for problem in _revoke(identity)]
    if stack:
        _tell(stack, found)
    else:
        click.echo(
            "No stack was told, so that no update undoes it: run the same again with --stack, and `up` does."
        )
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


def _environment(stack: Stack | None) -> AbstractContextManager[None]:
    """The sandbox's, for its stack. Any other stack's is the caller's: no engine is needed to know it."""
    return stack.environment() if stack and stack.name == SANDBOX else nullcontext()


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
