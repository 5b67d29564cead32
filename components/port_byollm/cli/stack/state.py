"""What a stack manages, as its state has it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from port_byollm import defaults
from port_byollm.cli.stack.stack import Stack

_ACCESS_KEY = "aws:iam/accessKey:AccessKey"
_EXTERNAL_ID = "port-byollm:index:ExternalId"
_PROVIDER = "port-byollm:index:LlmProvider"
_SECRET = "port-byollm:index:Secret"  # noqa: S105  a type token


@dataclass(frozen=True)
class ExternalId:
    """`previous` is how many values from before the present one are accepted too; `secret_name` the Port
    secret that the registration takes it from, None where there is no registration yet."""

    rotation: str
    generation: int
    previous: int
    secret_name: str | None


@dataclass(frozen=True)
class AccessKey:
    """`id` is AWS's."""

    id: str
    user: str
    rotation: str


@dataclass(frozen=True)
class State:
    """The resources of a state as the engine exports them, with secrets."""

    resources: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """Raises PortByollmError where the engine does not give it."""
        return cls(stack.resources(show_secrets=True))

    def managed(self) -> list[dict[str, str]]:
        """What there is outside the state; `id` is Port's or AWS's."""
        return [
            {"type": each["type"], "name": _name(each["urn"]), "id": each["id"]}
            for each in self.resources
            if each.get("id") and not each["type"].startswith("pulumi:") and each["type"] != _EXTERNAL_ID
        ]

    def providers(self) -> set[str]:
        """Those whose registration is the stack's."""
        return {each["id"] for each in self._of_type(_PROVIDER)}

    def models(self, provider: str) -> set[str]:
        """Those that are enabled for a provider, as of the last update."""
        outputs = (each["outputs"] for each in self._of_type(_PROVIDER) if each["id"] == provider)
        return {model for found in outputs for model in found.get("effectiveModels") or ()}

    def secrets(self) -> dict[str, str | None]:
        """Port's secrets, and when each was changed last, in Port's words, as of the last update."""
        outputs = (each["outputs"] for each in self._of_type(_SECRET))
        return {each["secretName"]: each.get("updatedAt") for each in outputs}

    @property
    def external_id(self) -> ExternalId | None:
        outputs = next((each["outputs"] for each in self._of_type(_EXTERNAL_ID)), None)
        if outputs is None:
            return None
        configs = (each["outputs"].get("config", {}) for each in self._of_type(_PROVIDER))
        return ExternalId(
            rotation=str(outputs["rotation"]),
            generation=int(outputs.get("generation", 0)),
            previous=len(plain_secret(outputs.get("previous")) or ()),
            secret_name=next(filter(None, (config.get("externalIdSecretName") for config in configs)), None),
        )

    @property
    def access_keys(self) -> list[AccessKey]:
        """Those of Port's gateway; several while one is being rotated."""
        return [
            AccessKey(each["id"], each["inputs"]["user"], _rotation(each))
            for each in self._of_type(_ACCESS_KEY)
        ]

    def _of_type(self, token: str) -> list[Mapping[str, Any]]:
        return [each for each in self.resources if each["type"] == token]


def _rotation(key: Mapping[str, Any]) -> str:
    """Of an access key: `GatewayUser` appends it to its own name, unless it is the first."""
    return _name(key["urn"]).removeprefix(_name(key["parent"])).removeprefix("-") or defaults.ROTATION


def _name(urn: str) -> str:
    """The logical name, the end of `urn:pulumi:<stack>::<project>::<types>::<name>`."""
    return urn.split("::", 3)[3]


def plain_secret(value: Any) -> Any:
    """What stands behind a secret of an export: `{"plaintext": "<JSON>", …}`."""
    return json.loads(value["plaintext"]) if isinstance(value, Mapping) and "plaintext" in value else value
