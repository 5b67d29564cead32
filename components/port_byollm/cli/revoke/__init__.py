"""`port-byollm revoke`: modules for whom to stop, for stopping them, and for recording it in the state."""

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
@click.option(
    "--role", "roles", multiple=True, metavar="NAME", help="Stop this role, whoever created it; repeatable."
)
@click.option(
    "--user", "users", multiple=True, metavar="NAME", help="Stop this user, whoever created it; repeatable."
)
@click.option("--yes", "-y", is_flag=True, help="Revoke without confirmation.")
def command(
    name: str | None, config_file: Path | None, roles: tuple[str, ...], users: tuple[str, ...], yes: bool
) -> None:
    """Stop Port's use of Bedrock at once.

    Closes the trust policy of the stack's role, denies everything to sessions issued before, and deactivates
    the access keys of the stack's user. Needs only AWS credentials: it does not wait for Port, the stack's
    state or a running update. Afterwards it records the change in the state, so that the next `up` undoes it.

    Takes the role and user from the configuration. For a program of your own, it takes them from the state;
    without a stack, from --role and --user.
    """
    given = bool(roles or users)
    # Without --stack, names refer to the account that the credentials are for, whichever stack is selected.
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
            click.confirm(f"Stop {names} and every existing session?", abort=True)
        failed = [problem for identity in found for problem in _revoke(identity)]
    if stack:
        _record(stack, found)
    else:
        click.echo(
            "Recorded in no stack's state, so no update undoes it. To have `up` undo it, run the same "
            "command again with --stack."
        )
    if failed:
        raise PortByollmError(f"not everything is revoked: {'; '.join(failed)}; run the same command again")


def _revoke(identity: Identity) -> list[str]:
    """Run every step, even after one fails, and return the failures."""
    from botocore.exceptions import BotoCoreError, ClientError

    failed = []
    for step in identity.steps:
        try:
            click.echo(f"{identity.arn}: {step()}")
        except (BotoCoreError, ClientError) as error:
            failed.append(f"{identity.arn}: {error}")
    return failed


def _environment(stack: Stack | None) -> AbstractContextManager[None]:
    """Return the sandbox's environment for its stack. Other stacks use the caller's, so need no engine."""
    return stack.environment() if stack and stack.name == SANDBOX else nullcontext()


def _record(stack: Stack, revoked: Sequence[Identity]) -> None:
    up = f"port-byollm pulumi up --stack {stack.name}"
    try:
        stack.edit_state(lambda resources: note(resources, revoked))
    except PortByollmError as error:
        click.echo(
            f"The stack's state could not be changed ({error}), so no update undoes it. To have "
            f"`{up}` undo it, run the same command again later."
        )
    else:
        click.echo(f"Recorded in the stack's state: `{up}` undoes it.")
