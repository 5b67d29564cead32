"""A stack's state: what the stack manages."""

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
    """`previous` is the number of previous values that are still accepted. `secret_name` is the Port secret
    that the registration names; None if there is no registration yet."""

    rotation: str
    generation: int
    previous: int
    secret_name: str | None


@dataclass(frozen=True)
class AccessKey:
    """`id` is the id in AWS."""

    id: str
    user: str
    rotation: str


@dataclass(frozen=True)
class State:
    """The resources of a state as the engine exports them, with decrypted secrets."""

    resources: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """Raises PortByollmError if the engine cannot export the state."""
        return cls(stack.resources(show_secrets=True))

    def managed(self) -> list[dict[str, str]]:
        """Return the resources that exist outside the state; `id` is Port's or AWS's."""
        return [
            {"type": each["type"], "name": _name(each["urn"]), "id": each["id"]}
            for each in self.resources
            if each.get("id") and not each["type"].startswith("pulumi:") and each["type"] != _EXTERNAL_ID
        ]

    def providers(self) -> set[str]:
        """Return the names of the providers that the stack registers."""
        return {each["id"] for each in self._of_type(_PROVIDER)}

    def models(self, provider: str) -> set[str]:
        """Return the enabled models of a provider, as of the last update."""
        outputs = (each["outputs"] for each in self._of_type(_PROVIDER) if each["id"] == provider)
        return {model for found in outputs for model in found.get("effectiveModels") or ()}

    def secrets(self) -> dict[str, str | None]:
        """Return Port secret -> Port's time of its last change, as of the last update."""
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
        """The access keys of Port's gateway; more than one during a rotation."""
        return [
            AccessKey(each["id"], each["inputs"]["user"], _rotation(each))
            for each in self._of_type(_ACCESS_KEY)
        ]

    def _of_type(self, token: str) -> list[Mapping[str, Any]]:
        return [each for each in self.resources if each["type"] == token]


def _rotation(key: Mapping[str, Any]) -> str:
    """Return an access key's rotation, which `GatewayUser` appends to its own name, except the first."""
    return _name(key["urn"]).removeprefix(_name(key["parent"])).removeprefix("-") or defaults.ROTATION


def _name(urn: str) -> str:
    """Return the logical name, the last part of `urn:pulumi:<stack>::<project>::<types>::<name>`."""
    return urn.split("::", 3)[3]


def plain_secret(value: Any) -> Any:
    """Return the value of an exported secret, `{"plaintext": "<JSON>", …}`; any other value unchanged."""
    return json.loads(value["plaintext"]) if isinstance(value, Mapping) and "plaintext" in value else value
