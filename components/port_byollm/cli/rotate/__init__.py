"""`port-byollm rotate`."""

from datetime import date, datetime, timedelta

import click

from port_byollm.cli.group import Group
from port_byollm.cli.rotate.place import make_place
from port_byollm.cli.rotate.rotation import Rotation
from port_byollm.cli.stack.access_keys import LAG
from port_byollm.cli.stack.local_state import NAME as SANDBOX
from port_byollm.cli.stack.stack import Stack, takes_stack
from port_byollm.errors import ConfigError

_YES = click.option("--yes", "-y", is_flag=True, help="Update without preview or confirmation.")


@click.group(cls=Group)
def command() -> None:
    """Rotate the external ID or the access key without failing requests.

    Each command changes the stack's configuration file and runs `pulumi up`. After an interruption, run it
    again to continue.
    """


@command.command
@takes_stack
@_YES
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Stop while both values are trusted. Run it again by this day to drop the old one.",
)
def external_id(stack: Stack, yes: bool, until: datetime | None) -> None:
    """Create a new external ID, switch Port to it, and drop the old one."""
    deadline = until.date() if until else date.today()
    if deadline < date.today():
        raise ConfigError("--until", f"{deadline} is in the past", "give a future day, or omit it")
    rotation = Rotation(stack, "externalId", yes, steps=4)
    present = rotation.state.external_id
    if present is None:
        raise rotation.nothing_to_rotate()
    is_begun = rotation.begin(
        is_begun=present.rotation != rotation.configured or present.previous > 0, keepPrevious=True
    )
    if until is not None or not is_begun or not rotation.has_last_day:
        rotation.configure(previousUntil=deadline.isoformat())
    rotation.update(2, "the role trusts both values, and Port switches to the new one", alone=False)
    if until is not None:
        click.echo(
            f"Both values are trusted. Drop the old one by {deadline}, with "
            f"`port-byollm rotate external-id --stack {stack.name}`."
        )
        return
    rotation.step(3, "configure the role to trust only the new value")
    rotation.remove("previousUntil")
    rotation.configure(keepPrevious=False)
    rotation.update(4, "the role trusts only the new value")
    click.echo(f"The external ID is rotated ({rotation.configured}).")


@command.command
@takes_stack
@_YES
def access_key(stack: Stack, yes: bool) -> None:
    """Create a new access key, switch Port to it, and delete the old one."""
    rotation = Rotation(stack, "accessKeys", yes, steps=2)
    keys = rotation.state.access_keys
    if not keys:
        raise rotation.nothing_to_rotate()
    with stack.environment():
        # In the sandbox nobody else has a key, and its use is recorded at once.
        lag = timedelta(0) if stack.name == SANDBOX else LAG
        make_place(rotation.session(), keys, yes, lag, rotation.check_target)
    rotation.begin(is_begun=[key.rotation for key in keys] != [rotation.configured])
    rotation.update(2, "create a new key, switch Port to it, and delete the old one")
    click.echo(f"The access key is rotated ({rotation.configured}).")
