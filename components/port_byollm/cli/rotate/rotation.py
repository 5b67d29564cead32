"""A rotation, step by step.

Each run reads the progress from the stack's state, so an interrupted rotation continues. A rotation is in
progress while the configuration names another rotation than the state has, or while the old value is still
there: one that the role accepts, or a second access key.
"""

import re
from datetime import date
from typing import TYPE_CHECKING

import click

from port_byollm.cli.stack.plan import Plan
from port_byollm.cli.stack.stack import Stack
from port_byollm.cli.stack.state import State
from port_byollm.cli.stack.target import check_target
from port_byollm.errors import ConfigError, PortByollmError

if TYPE_CHECKING:
    import boto3


class Rotation:
    """The rotation of one section of `byollm:bedrock`, `externalId` or `accessKeys`."""

    def __init__(self, stack: Stack, section: str, yes: bool, steps: int) -> None:
        """Raises ConfigError if the stack's configuration does not sign in that way."""
        self._stack, self._section, self._yes, self._steps = stack, section, yes, steps
        self._config = stack.config()
        sign_in = Plan(self._config).sign_in
        if sign_in is None:
            raise ConfigError(
                "byollm:bedrock", f"the stack {stack.name} does not configure and manage it", self._by_hand
            )
        if (sign_in.auth == "access-keys") != (section == "accessKeys"):
            command = "access-key" if sign_in.auth == "access-keys" else "external-id"
            raise ConfigError(
                "byollm:bedrock.auth", f"is {sign_in.auth}", f"use `port-byollm rotate {command}`"
            )
        self.has_last_day = sign_in.external_id.previous_until is not None
        present = sign_in.external_id if section == "externalId" else sign_in.access_keys
        self.configured = present.rotation
        self.state = State.of(stack)
        self._file = stack.read_configuration()

    def nothing_to_rotate(self) -> PortByollmError:
        return PortByollmError(
            f"the stack {self._stack.name} has nothing to rotate yet: "
            f"run `port-byollm pulumi up --stack {self._stack.name}` first"
        )

    @property
    def _by_hand(self) -> str:
        argument = {"externalId": "external_id_rotation", "accessKeys": "access_key_rotation"}[self._section]
        return (
            f"in a program of your own, change {argument} of its BedrockConnection and run "
            f"`port-byollm pulumi up --stack {self._stack.name}` (docs/rotation.md, By hand)"
        )

    def check_target(self) -> None:
        """Raises PortByollmError if the credentials in use are not for the stack's target."""
        check_target(self._stack, self._config)

    def session(self) -> "boto3.Session":
        import boto3

        return boto3.Session(
            profile_name=self._config.get("aws:profile"), region_name=self._config.get("aws:region")
        )

    def begin(self, *, is_begun: bool, **settings: str | bool) -> bool:
        """Run the first step: write `settings`, and unless a rotation is in progress, start a new one.

        Returns `is_begun`.
        """
        if is_begun:
            self.step(1, f"continue the rotation {self.configured}")
        else:
            self.configured = _next(self.configured, date.today())
            self.step(1, f"configure the rotation {self.configured}")
            settings["rotation"] = self.configured
        self.configure(**settings)
        return is_begun

    def step(self, number: int, text: str) -> None:
        click.secho(f"[{number}/{self._steps}] {text}", bold=True)

    def configure(self, **settings: str | bool) -> None:
        """Write `settings` to the configuration file. The engine does it and keeps comments and order."""
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

    def update(self, number: int, text: str, *, alone: bool = True) -> None:
        """Run a step that is an update.

        Afterwards the state has the configured rotation and, if `alone`, no older value. Raises
        PortByollmError if the update fails. If it did not touch what is rotated (its preview failed or was
        declined, or the program ignores the setting), it also restores the configuration.
        """
        self.step(number, f"update: {text}")
        code = self._stack.run("up", *(("--yes", "--skip-preview") if self._yes else ()))
        before, self.state = self.state, State.of(self._stack)
        if code == 0 and self._is_done(alone):
            self._file = self._stack.read_configuration()
        elif code == 0:
            self._stack.write_configuration(self._file)
            raise PortByollmError(
                f"the update succeeded but did not apply byollm:bedrock.{self._section}: the stack's program "
                f"does not read it. The configuration is restored; {self._by_hand}"
            )
        elif _rotated(before) == _rotated(self.state):
            self._stack.write_configuration(self._file)
            raise PortByollmError(
                f"the update ended with exit code {code} before it changed anything of the rotation; the "
                "configuration is restored"
            )
        else:
            raise PortByollmError(
                f"the update ended with exit code {code}, with rotation {self.configured} at step {number} "
                f"of {self._steps}; run the same command again to continue"
            )

    def _is_done(self, alone: bool) -> bool:
        if self._section == "accessKeys":
            return [key.rotation for key in self.state.access_keys] == [self.configured]
        present = self.state.external_id
        return (
            present is not None and present.rotation == self.configured and not (alone and present.previous)
        )


def _rotated(state: State) -> object:
    return state.external_id, state.access_keys


def _next(rotation: str, today: date) -> str:
    """Return `today` as the name of the next rotation, with a number if `rotation` is also of today."""
    match = re.fullmatch(rf"{today}(?:-([0-9]+))?", rotation)
    return f"{today}-{int(match[1] or 1) + 1}" if match else str(today)
