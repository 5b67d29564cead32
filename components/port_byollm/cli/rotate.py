"""`port-byollm rotate`.

Where a rotation is, is read off the stack's state at each start, so that one that was interrupted is gone on
with: it is under way while the configuration names another rotation than the state has, or while what was
before is there too, be it a value that the role still accepts or a second access key.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from port_byollm.cli.access_keys import LAG, StrayKey, stray_keys
from port_byollm.cli.local_state import NAME as SANDBOX
from port_byollm.cli.stack import Stack, takes_stack
from port_byollm.cli.state import FIRST_ROTATION, AccessKey, State
from port_byollm.cli.target import check_target
from port_byollm.errors import ConfigError, PortByollmError

if TYPE_CHECKING:
    import boto3

_YES = click.option("--yes", "-y", is_flag=True, help="Update without a preview and without asking.")


@click.group
def command() -> None:
    """Replace the external ID or the access key of Bedrock, with no failing request.

    Each changes the stack's configuration file and runs `pulumi up`. After an interruption run it again: it
    goes on from where it was.
    """


@command.command
@takes_stack
@_YES
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Stop while both values are trusted; another run, by this day, drops the old one.",
)
def external_id(stack: Stack, yes: bool, until: datetime | None) -> None:
    """Make a new external ID, have Port use it, and drop the old one."""
    deadline = until.date() if until else date.today()
    if deadline < date.today():
        raise ConfigError("--until", f"{deadline} is in the past", "give a day to come, or none")
    rotation = _Rotation(stack, "externalId", yes, steps=4)
    present = rotation.state.external_id
    if present is None:
        raise rotation.nothing_to_rotate()
    is_begun = rotation.begin(
        is_begun=present.rotation != rotation.configured or present.previous > 0, keepPrevious=True
    )
    if until is not None or not is_begun or "previousUntil" not in rotation.settings:
        rotation.configure(previousUntil=deadline.isoformat())
    rotation.update(2, "the role trusts both values, and Port changes over to the new one")
    if until is not None:
        click.echo(
            f"Both values are trusted. Drop the old one by {deadline}, with "
            f"`port-byollm rotate external-id --stack {stack.name}`."
        )
        return
    rotation.step(3, "configure that the old value is not trusted any more")
    rotation.remove("previousUntil")
    rotation.configure(keepPrevious=False)
    rotation.update(4, "the role trusts the new value alone")
    click.echo(f"The external ID is rotated ({rotation.configured}).")


@command.command
@takes_stack
@_YES
def access_key(stack: Stack, yes: bool) -> None:
    """Make a new access key, have Port use it, and delete the old one."""
    rotation = _Rotation(stack, "accessKeys", yes, steps=2)
    keys = rotation.state.access_keys
    if not keys:
        raise rotation.nothing_to_rotate()
    with stack.environment():
        # In the sandbox nobody else has a key, and a use is noted at once.
        lag = timedelta(0) if stack.name == SANDBOX else LAG
        _make_place(rotation.session(), keys, yes, lag, rotation.check_target)
    rotation.begin(is_begun=[key.rotation for key in keys] != [rotation.configured])
    rotation.update(2, "a new key is made, Port changes over to it, and the old one goes")
    click.echo(f"The access key is rotated ({rotation.configured}).")


class _Rotation:
    """The rotation of one section of `byollm:bedrock`, `externalId` or `accessKeys`."""

    def __init__(self, stack: Stack, section: str, yes: bool, steps: int) -> None:
        """Raises ConfigError where the stack does not authenticate that way."""
        self._stack, self._section, self._yes, self._steps = stack, section, yes, steps
        self._config = stack.config()
        bedrock = self._config.get("byollm:bedrock") or {}
        auth = bedrock.get("auth", "role")
        commands = {"role": "external-id", "access-keys": "access-key"}
        if bedrock and (auth == "access-keys") != (section == "accessKeys"):
            raise ConfigError(
                "byollm:bedrock.auth", f"is {auth}", f"use `port-byollm rotate {commands[auth]}`"
            )
        self.settings: dict[str, Any] = dict(bedrock.get(section) or {})
        self.configured = str(self.settings.get("rotation", FIRST_ROTATION))
        self.state = State.of(stack)
        self._file = stack.read_configuration()

    def nothing_to_rotate(self) -> PortByollmError:
        return PortByollmError(
            f"the stack {self._stack.name} has nothing to rotate yet: "
            f"run `port-byollm pulumi up --stack {self._stack.name}` first"
        )

    def check_target(self) -> None:
        """Raises PortByollmError where the credentials in use are not of the stack's target."""
        check_target(self._stack, self._config)

    def session(self) -> "boto3.Session":
        import boto3

        return boto3.Session(
            profile_name=self._config.get("aws:profile"), region_name=self._config.get("aws:region")
        )

    def begin(self, *, is_begun: bool, **settings: str | bool) -> bool:
        """The first step: another rotation is configured unless one is under way, and `settings` are; returns
        `is_begun`."""
        if is_begun:
            self.step(1, f"go on with the rotation {self.configured}")
        else:
            self.configured = _next(self.configured, date.today())
            self.step(1, f"configure the rotation {self.configured}")
            settings["rotation"] = self.configured
        self.configure(**settings)
        return is_begun

    def step(self, number: int, text: str) -> None:
        click.secho(f"[{number}/{self._steps}] {text}", bold=True)

    def configure(self, **settings: str | bool) -> None:
        """Write `settings` into the configuration file, by the engine, which keeps comments and order."""
        written = [
            f"{self._path(key)}={str(value).lower() if isinstance(value, bool) else value}"
            for key, value in settings.items()
        ]
        if written:
            flags = [argument for setting in written for argument in ("--plaintext", setting)]
            self._stack.edit_config("set-all", "--path", *flags)

    def remove(self, key: str) -> None:
        self._stack.edit_config("rm", "--path", self._path(key))

    def _path(self, key: str) -> str:
        return f"byollm:bedrock.{self._section}.{key}"

    def update(self, number: int, text: str) -> None:
        """A step that is an update.

        Raises PortByollmError where it does not come to its end. Where it has not even come to what is
        rotated, because its preview failed or was answered with no, the configuration is put back.
        """
        self.step(number, f"update: {text}")
        code = self._stack.run("up", *(("--yes", "--skip-preview") if self._yes else ()))
        before, self.state = self.state, State.of(self._stack)
        if code == 0:
            self._file = self._stack.read_configuration()
        elif _rotated(before) == _rotated(self.state):
            self._stack.write_configuration(self._file)
            raise PortByollmError(
                f"the update ended with exit code {code} before it changed anything of the rotation; the "
                "configuration is again what it was"
            )
        else:
            raise PortByollmError(
                f"the update ended with exit code {code}, and rotation {self.configured} at step {number} "
                f"of {self._steps}; run the same again to go on from there"
            )


def _rotated(state: State) -> object:
    return state.external_id, state.access_keys


def _next(rotation: str, today: date) -> str:
    """`today` as a rotation's name; with a number after it where one of today's is the present one."""
    match = re.fullmatch(rf"{today}(?:-([0-9]+))?", rotation)
    return f"{today}-{int(match[1] or 1) + 1}" if match else str(today)


def _make_place(
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
