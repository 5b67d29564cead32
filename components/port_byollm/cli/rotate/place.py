"""The place that a new access key needs: a user has two."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from port_byollm.cli.stack.access_keys import StrayKey, stray_keys
from port_byollm.cli.stack.state import AccessKey
from port_byollm.errors import PortByollmError

if TYPE_CHECKING:
    import boto3


def make_place(
    session: "boto3.Session",
    keys: Sequence[AccessKey],
    yes: bool,
    lag: timedelta,
    check_target: Callable[[], None],
) -> None:
    """Have the user's key that is not one of `keys`, those of the state, deleted: with `yes` where nobody can
    be using it, else where somebody says so.

    Raises PortByollmError where it stays, or `check_target` does: an update finds out only after that whose
    the credentials are, and another account may have a user of that name.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    user = keys[0].user
    iam = session.client("iam")
    try:
        if strays := stray_keys(iam, user, {key.id for key in keys}):
            check_target()
        for key in strays:
            _refuse_or_agree(key, yes, lag)
            key.delete(iam)
            click.echo(f"Deleted the access key {key.id} of {user}.")
    except (BotoCoreError, ClientError) as error:
        raise PortByollmError(f"the access keys of {user} cannot be looked at: {error}") from error


def _refuse_or_agree(key: StrayKey, yes: bool, lag: timedelta) -> None:
    found = (
        f"the user {key.user} has an access key {key.id}, made on {key.created:%Y-%m-%d %H:%M} UTC, that is "
        "not the stack's"
    )
    way_out = f"`aws iam delete-access-key --user-name {key.user} --access-key-id {key.id}` deletes it"
    if key.last_used:
        raise PortByollmError(
            f"{found} and was used on {key.last_used:%Y-%m-%d}: somebody has it, and a rotation needs its "
            f"place. Give its owner another user; then {way_out}"
        )
    if yes and not key.is_unused(datetime.now(UTC), lag):
        raise PortByollmError(
            f"{found}. An interrupted update may have left it, but AWS notes a use only hours later, so that "
            f"somebody may be using it. Run this after {key.created + lag:%Y-%m-%d %H:%M} UTC, or without "
            f"--yes to decide yourself; where you know that nobody has it, {way_out}"
        )
    question = (
        f"{found[0].upper()}{found[1:]}. AWS has noted no use of it, which may take it hours. A rotation "
        "needs its place. Delete it?"
    )
    if not yes and not click.confirm(question):
        raise PortByollmError(f"a rotation needs the place of the access key {key.id}; {way_out}")
