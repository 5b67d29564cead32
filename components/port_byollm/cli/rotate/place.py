"""Make room for a new access key: IAM allows two per user."""

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
    """Delete the user's keys that are not among `keys`, those of the state.

    Ask before deleting one; with `yes`, delete only a key that nobody can be using. Call `check_target`
    first: the update that would check the account runs only later, and another account may have a user of
    the same name.

    Raises PortByollmError if a key has to stay; also raises what `check_target` raises.
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
        raise PortByollmError(f"cannot read the access keys of {user}: {error}") from error


def _refuse_or_agree(key: StrayKey, yes: bool, lag: timedelta) -> None:
    problem = (
        f"the user {key.user} has an access key {key.id}, created on {key.created:%Y-%m-%d %H:%M} UTC, that "
        "the stack does not manage"
    )
    way_out = f"`aws iam delete-access-key --user-name {key.user} --access-key-id {key.id}` deletes it"
    if key.last_used:
        raise PortByollmError(
            f"{problem} and that was used on {key.last_used:%Y-%m-%d}: somebody has it, and a rotation needs "
            f"its place. Give its owner another user; then {way_out}"
        )
    if yes and not key.is_unused(datetime.now(UTC), lag):
        raise PortByollmError(
            f"{problem}. An interrupted update may have left it, but AWS records a use only hours later, so "
            f"somebody may be using it. Run this after {key.created + lag:%Y-%m-%d %H:%M} UTC, or without "
            f"--yes to decide yourself; if you know that nobody has it, {way_out}"
        )
    question = (
        f"{problem[0].upper()}{problem[1:]}. AWS has recorded no use of it, but may do so hours later. A "
        "rotation needs its place. Delete it?"
    )
    if not yes and not click.confirm(question):
        raise PortByollmError(f"a rotation needs the place of the access key {key.id}; {way_out}")
