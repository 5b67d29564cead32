"""A rotation, step by step.

Where it is, is read off the stack's state at each start, so that one that was interrupted is gone on with:
it is under way while the configuration names another rotation than the state has, or while what was before
is there too, be it a value that the role still accepts or a second access key.
"""

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from port_byollm import defaults
from port_byollm.cli.stack import Stack
from port_byollm.cli.state import State
from port_byollm.cli.target import check_target
from port_byollm.errors import ConfigError, PortByollmError

if TYPE_CHECKING:
    import boto3


class Rotation:
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
        self.configured = str(self.settings.get("rotation", defaults.ROTATION))
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
