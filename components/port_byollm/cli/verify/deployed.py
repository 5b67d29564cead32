"""A connection as it is deployed: what the stack's state and Port say about it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from port_byollm.cli.stack.plan import Plan
from port_byollm.cli.stack.stack import Stack
from port_byollm.cli.stack.state import plain_secret
from port_byollm.cli.verify.aws import Aws
from port_byollm.cli.verify.evidence import Evidence
from port_byollm.cli.verify.identity import read_identity
from port_byollm.cli.verify.promise import Given, Promise, Registration, accepted
from port_byollm.errors import ConfigError, PortByollmError
from port_byollm.iam import arns
from port_byollm.proof import Unknown

if TYPE_CHECKING:
    from port_byollm.client.wire import LlmProvider

_PROVIDER, _SECRET = "port-byollm:index:LlmProvider", "port-byollm:index:Secret"
_EXTERNAL_ID = "port-byollm:index:ExternalId"
_BEDROCK = "bedrock"
_ONE_ROUTE = (
    "A connection test of Port's that passes proves one region of each profile, that which it was routed to; "
    "this proves every one."
)


@dataclass(frozen=True)
class Deployment:
    """What the state of a stack has of the connection: resources as the engine exports them."""

    stack: str
    resources: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, stack: Stack) -> "tuple[Deployment, str]":
        """With secrets where they can be read; else also why not."""
        try:
            return cls(stack.name, stack.resources(show_secrets=True)), ""
        except PortByollmError as error:
            return cls(stack.name, stack.resources()), str(error)

    def registration(self) -> Registration:
        """As the last update had it. Raises PortByollmError where the stack has connected no Bedrock."""
        if not self.resources:
            raise PortByollmError(
                f"the stack {self.stack} is not deployed yet; `--preview` proves what an update would make"
            )
        for outputs in self._outputs(_PROVIDER):
            if outputs["provider"] == _BEDROCK:
                return Registration(outputs["config"], outputs.get("effectiveModels") or [])
        raise PortByollmError(
            f"the stack {self.stack} has no connection of Bedrock; `--preview` proves one that an update "
            "would make, and --identity, --trust and --policy documents from elsewhere"
        )

    def identity_arn(self, registration: Registration) -> str:
        """The role or user behind a registration. Raises PortByollmError where the state has no such user."""
        if role_arn := registration.config.get("roleArn"):
            return role_arn
        secret_name = registration.config.get("accessKeyIdSecretName")
        by_urn = {one["urn"]: one for one in self.resources}
        if secret := self._secret(secret_name):
            made_of = secret.get("propertyDependencies", {}).get("secretValue") or []
            names = {by_urn[urn]["outputs"].get("user") for urn in made_of if urn in by_urn}
            for user in self._outputs("aws:iam/user:User"):
                if user["name"] in names:
                    return str(user["arn"])
        raise PortByollmError(f"the stack {self.stack} does not tell whose access key Port has")

    def external_ids(self, registration: Registration) -> tuple[str | None, list[str | None]]:
        """What Port's secret holds, and what was there before; None for what is not known.

        An imported secret has no value in the state: Port never tells it. It is taken for what the program
        gives it, as the update after the import takes it (`port_byollm/plugin/secret.py`).
        """
        secret = self._secret(registration.config.get("externalIdSecretName"))
        made = [one for one in self.resources if one["type"] == _EXTERNAL_ID]
        if secret is None:
            return None, []
        outputs = secret.get("outputs") or {}
        if "secretValue" in outputs:
            value = _text(outputs["secretValue"])
            source = (one for one in made if value and _text(one["outputs"]["value"]) == value)
        else:
            given = secret.get("propertyDependencies", {}).get("secretValue") or []
            source = (one for one in made if one["urn"] in given)
            value = None
        for one in source:
            return _text(one["outputs"]["value"]), [*plain_secret(one["outputs"]["previous"])]
        return value, []

    def is_imported(self, secret_name: str | None) -> bool:
        """Whether the stack has a secret of this name that another made."""
        secret = self._secret(secret_name)
        return secret is not None and "secretValue" not in (secret.get("outputs") or {})

    def _secret(self, name: str | None) -> Mapping[str, Any] | None:
        for one in self.resources:
            if one["type"] == _SECRET and name and (one.get("outputs") or {}).get("secretName") == name:
                return one
        return None

    def _outputs(self, token: str) -> list[Mapping[str, Any]]:
        return [one.get("outputs") or {} for one in self.resources if one["type"] == token]


def deployed(stack: Stack, given: Given) -> Evidence:
    """What is there now. What AWS or Port does not show is unknown, or what the state says; notes say which.

    Raises PortByollmError where nothing is deployed, or something of it is gone.
    """
    config = stack.config()
    plan, notes = Plan(config), [_ONE_ROUTE]
    deployment, unreadable = Deployment.of(stack)
    registration = deployment.registration()
    with stack.environment():
        at_port = _registered(stack, config)
        if isinstance(at_port, Registration):
            registration = at_port
        else:
            notes.append(f"The registration is what the stack's state has: Port was not asked ({at_port}).")
        arn = deployment.identity_arn(registration)
        aws = Aws.of(plan)
        identity = read_identity(aws, arn)
    if unreadable:
        notes.append(f"The stack's secrets cannot be read ({unreadable}).")
    if deployment.is_imported(secret_name := registration.config.get("externalIdSecretName")):
        notes.append(
            f"Port does not tell the value of {secret_name}, which was imported: it is taken for the "
            "external ID that this stack's program gives it."
        )
    return Evidence(
        f"the stack {stack.name}, as it is deployed",
        Promise.of_stack(registration, plan, given),
        arns.parse(arn).account,
        identity,
        accepted(registration, *deployment.external_ids(registration)),
        notes,
        None if isinstance(aws, Unknown) else aws,
    )


def _registered(stack: Stack, config: Mapping[str, Any]) -> Registration | str:
    """What Port has, or why it was not asked.

    Raises PortByollmError where Port has no registration.
    """
    from port_byollm.cli.stack.organization import port_client
    from port_byollm.client.errors import PortError

    async def ask() -> "LlmProvider | None":
        async with port_client(stack, config) as port:
            return await port.llm_providers.get(_BEDROCK)

    try:
        found = asyncio.run(ask())
    except (ConfigError, PortError) as error:
        return str(error)
    if found is None:
        raise PortByollmError(
            "Port has no registration of Bedrock any more: run `port-byollm pulumi refresh`, then `up`"
        )
    return Registration(found.config, found.effective_models)


def _text(value: Any) -> str | None:
    """A value, unless it is a secret that was not decrypted."""
    found = plain_secret(value)
    return found if isinstance(found, str) else None
