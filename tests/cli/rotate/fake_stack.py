"""A stack that is made up: what each update finds configured, and how it ends."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import pytest
from click.testing import CliRunner, Result

from port_byollm.cli.__main__ import main
from port_byollm.cli.stack.stack import Stack, secret

TODAY = "2026-03-14"
USER = "urn:pulumi:dev::byollm::port-byollm:index:GatewayUser::bedrock"


class Ending(Enum):
    """How an update ends."""

    WELL = auto()
    BEGUN = auto()
    """It fails, once there is a new value or key."""
    DECLINED = auto()
    """It fails before anything was changed."""
    ELSEWHERE = auto()
    """It ends well, of a program that is configured elsewhere."""


@dataclass
class FakeStack:
    """The engine's side. `bedrock` is the configuration, `updates` what each update found in it."""

    bedrock: dict[str, Any]
    rotations: list[str]
    """Those of the access keys in the state; or of the values of the external ID, the present one last."""
    section: str = "externalId"
    endings: list[Ending] = field(default_factory=list)
    """Of the next updates; once they are used up, all end well."""
    updates: list[dict[str, Any]] = field(default_factory=list)
    arguments: list[tuple[str, ...]] = field(default_factory=list)

    name = "dev"

    def config(self) -> dict[str, Any]:
        section = {"byollm:bedrock": self.bedrock} if self.bedrock else {}
        return {"aws:region": "eu-west-1", **section}

    def resources(self, show_secrets: bool = False) -> list[dict[str, Any]]:
        if not self.rotations:
            return []
        if self.section == "accessKeys":
            return [self._key(rotation) for rotation in self.rotations]
        *before, rotation = self.rotations
        outputs = {"rotation": rotation, "previous": secret(before), "generation": 0}
        return [{"type": "port-byollm:index:ExternalId", "urn": "…", "outputs": outputs}]

    def _key(self, rotation: str) -> dict[str, Any]:
        token = "aws:iam/accessKey:AccessKey"
        urn = USER.replace("::bedrock", f"${token}::bedrock{'' if rotation == '1' else '-' + rotation}")
        inputs = {"user": "gateway"}
        return {"type": token, "urn": urn, "parent": USER, "id": f"key-of-{rotation}", "inputs": inputs}

    def read_configuration(self) -> bytes:
        return json.dumps(self.bedrock).encode()

    def write_configuration(self, content: bytes) -> None:
        self.bedrock = json.loads(content)

    def edit_config(self, *arguments: str) -> None:
        settings = self.bedrock.setdefault(self.section, {})
        prefix = f"byollm:bedrock.{self.section}."
        if arguments[0] == "rm":
            assert arguments[1] == "--path"
            settings.pop(arguments[2].removeprefix(prefix), None)
            return
        assert arguments[:2] == ("set-all", "--path")
        assert set(arguments[2::2]) == {"--plaintext"}
        for setting in arguments[3::2]:
            key, _, value = setting.removeprefix(prefix).partition("=")
            settings[key] = {"true": True, "false": False}.get(value, value)

    def run(self, *arguments: str) -> int:
        self.arguments.append(arguments)
        settings = dict(self.bedrock[self.section])
        self.updates.append(settings)
        ending = self.endings.pop(0) if self.endings else Ending.WELL
        if ending in (Ending.DECLINED, Ending.ELSEWHERE):
            return int(ending is Ending.DECLINED)
        if settings["rotation"] != self.rotations[-1]:
            self.rotations.append(settings["rotation"])
        if ending is Ending.WELL and not settings.get("keepPrevious", self.section == "externalId"):
            self.rotations = self.rotations[-1:]
        return 0 if ending is Ending.WELL else 1

    @contextmanager
    def environment(self) -> Iterator[None]:
        yield


def run(stack: FakeStack, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.setattr(Stack, "named", lambda name, config_file: stack)
    return CliRunner().invoke(main, ["rotate", *arguments])
