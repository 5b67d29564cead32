"""`port-byollm rotate`.

Where a rotation is, is read off the stack's configuration and state at each start, so that one that was
interrupted is gone on with:

* `externalId.previousUntil` stands in the configuration from the first step of an external ID's rotation to
  the end of the last one, and `keepPrevious` says whether the old value is still trusted;
* until an access key's rotation is over, the state has another key than the configured one, or two.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from port_byollm.cli.access_keys import delete_strays
from port_byollm.cli.stack import Stack, takes_stack
from port_byollm.errors import ConfigError, PortByollmError

if TYPE_CHECKING:
    import boto3

_FIRST = "1"  # the rotation where the configuration names none
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
    present = [each["inputs"]["rotation"] for each in rotation.resources("port-byollm:index:ExternalId")]
    has_deadline = "previousUntil" in rotation.settings
    if rotation.settings.get("keepPrevious", True) or not has_deadline:
        changes: dict[str, str | bool] = {"keepPrevious": True}
        if until is not None or not has_deadline:
            changes["previousUntil"] = deadline.isoformat()
        rotation.begin(present, changes, is_begun=has_deadline)
        rotation.update(2, "the role trusts both values, and Port changes over to the new one")
        if until is not None:
            click.echo(
                f"Both values are trusted. Drop the old one by {deadline}, with "
                f"`port-byollm rotate external-id --stack {stack.name}`."
            )
            return
        rotation.step(3, "configure that the old value is not trusted any more")
        rotation.configure({"keepPrevious": False})
    rotation.update(4, "the role trusts the new value alone")
    rotation.remove("previousUntil")
    click.echo(f"The external ID is rotated ({rotation.configured}).")


@command.command
@takes_stack
@_YES
def access_key(stack: Stack, yes: bool) -> None:
    """Make a new access key, have Port use it, and delete the old one."""
    rotation = _Rotation(stack, "accessKeys", yes, steps=2)
    keys = rotation.resources("aws:iam/accessKey:AccessKey")
    with stack.environment():
        _make_place(rotation.session(), keys)
    rotation.begin([_rotation_of(key) for key in keys], {}, is_begun=False)
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
        self.settings: Mapping[str, Any] = bedrock.get(section) or {}
        self.configured = str(self.settings.get("rotation", _FIRST))

    @cached_property
    def _resources(self) -> list[dict[str, Any]]:
        return self._stack.resources()

    def resources(self, token: str) -> list[dict[str, Any]]:
        """The resources of a type in the state. Raises PortByollmError where there is none to rotate."""
        found = [resource for resource in self._resources if resource["type"] == token]
        if not found:
            raise PortByollmError(
                f"the stack {self._stack.name} has nothing to rotate yet: "
                f"run `port-byollm pulumi up --stack {self._stack.name}` first"
            )
        return found

    def session(self) -> "boto3.Session":
        import boto3

        return boto3.Session(
            profile_name=self._config.get("aws:profile"), region_name=self._config.get("aws:region")
        )

    def begin(self, present: Sequence[str], changes: Mapping[str, str | bool], *, is_begun: bool) -> None:
        """The first step: another rotation and `changes` are configured, or `changes` alone where one is
        under way, as the configuration (`is_begun`) or the rotations in the state, `present`, say."""
        if is_begun or present != [self.configured]:
            self.step(1, f"go on with the rotation {self.configured}")
            self.configure(changes)
        else:
            self.configured = _next(self.configured, date.today())
            self.step(1, f"configure the rotation {self.configured}")
            self.configure({"rotation": self.configured, **changes})

    def step(self, number: int, text: str) -> None:
        click.secho(f"[{number}/{self._steps}] {text}", bold=True)

    def configure(self, settings: Mapping[str, str | bool]) -> None:
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
        """A step that is an update. Raises PortByollmError where it does not come to its end."""
        self.step(number, f"update: {text}")
        code = self._stack.run("up", *(("--yes", "--skip-preview") if self._yes else ()))
        if code != 0:
            raise PortByollmError(
                f"the update ended with exit code {code}, and rotation {self.configured} at step {number} "
                f"of {self._steps}; run the same again to go on from there"
            )


def _next(rotation: str, today: date) -> str:
    """`today` as a rotation's name; with a number after it where one of today's is the present one."""
    match = re.fullmatch(rf"{today}(?:-([0-9]+))?", rotation)
    return f"{today}-{int(match[1] or 1) + 1}" if match else str(today)


def _rotation_of(key: Mapping[str, Any]) -> str:
    """Of an access key in the state: `GatewayUser` appends it to its own name, unless it is the first."""
    owner, name = (key[urn].rpartition("::")[2] for urn in ("parent", "urn"))
    return str(name.removeprefix(owner).removeprefix("-")) or _FIRST


def _make_place(session: "boto3.Session", keys: Sequence[Mapping[str, Any]]) -> None:
    """Delete what an interrupted update has left beside `keys`, those of the state.

    Raises PortByollmError for a key that is not in the state and has been used.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    user = keys[0]["inputs"]["user"]
    try:
        deleted, used = delete_strays(session.client("iam"), user, {key["id"] for key in keys})
    except (BotoCoreError, ClientError) as error:
        raise PortByollmError(f"the access keys of {user} cannot be looked at: {error}") from error
    for key_id in deleted:
        click.echo(f"Deleted the access key {key_id} of an interrupted update; it was never used.")
    for key_id, moment in used.items():
        raise PortByollmError(
            f"the user {user} has an access key {key_id} that is not the stack's, last used on "
            f"{moment:%Y-%m-%d}: a rotation needs its place; delete it or give it another user"
        )
