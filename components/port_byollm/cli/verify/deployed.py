"""A connection as it is deployed, from the stack's state, Port and AWS."""

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
    "Port's connection test covers one region of each profile, the one it was routed to; this proof covers "
    "every region."
)


@dataclass(frozen=True)
class Deployment:
    """The connection in a stack's state, as resources that the engine exports."""

    stack: str
    resources: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, stack: Stack) -> "tuple[Deployment, str]":
        """Read the state, with secrets if possible; the string is the reason if not, else empty."""
        try:
            return cls(stack.name, stack.resources(show_secrets=True)), ""
        except PortByollmError as error:
            return cls(stack.name, stack.resources()), str(error)

    def registration(self) -> Registration:
        """Return the registration as of the last update. Raises PortByollmError if there is none."""
        if not self.resources:
            raise PortByollmError(
                f"the stack {self.stack} is not deployed yet; `--preview` proves what an update would create"
            )
        for outputs in self._outputs(_PROVIDER):
            if outputs["provider"] == _BEDROCK:
                return Registration(outputs["config"], outputs.get("effectiveModels") or [])
        raise PortByollmError(
            f"the stack {self.stack} does not connect Bedrock; --preview proves a connection that an update "
            "would create, and --identity, --trust and --policy prove documents from files"
        )

    def identity_arn(self, registration: Registration) -> str:
        """Return the ARN of a registration's role or user. Raises PortByollmError if the user is unknown."""
        if role_arn := registration.config.get("roleArn"):
            return role_arn
        secret_name = registration.config.get("accessKeyIdSecretName")
        by_urn = {resource["urn"]: resource for resource in self.resources}
        if secret := self._secret(secret_name):
            sources = secret.get("propertyDependencies", {}).get("secretValue") or []
            names = {by_urn[urn]["outputs"].get("user") for urn in sources if urn in by_urn}
            for user in self._outputs("aws:iam/user:User"):
                if user["name"] in names:
                    return str(user["arn"])
        raise PortByollmError(f"the state of the stack {self.stack} does not show whose access key Port has")

    def external_ids(self, registration: Registration) -> tuple[str | None, list[str | None]]:
        """Return the value of Port's secret, and the previous values; None for an unknown one.

        An imported secret has no value in the state, because Port never reveals it. Assume the value that the
        program gives it, as the update after the import does (`port_byollm/plugin/secret.py`).
        """
        secret = self._secret(registration.config.get("externalIdSecretName"))
        created = [each for each in self.resources if each["type"] == _EXTERNAL_ID]
        if secret is None:
            return None, []
        outputs = secret.get("outputs") or {}
        if "secretValue" in outputs:
            value = _text(outputs["secretValue"])
            source = (each for each in created if value and _text(each["outputs"]["value"]) == value)
        else:
            given = secret.get("propertyDependencies", {}).get("secretValue") or []
            source = (each for each in created if each["urn"] in given)
            value = None
        for external_id in source:
            outputs = external_id["outputs"]
            return _text(outputs["value"]), [*plain_secret(outputs["previous"])]
        return value, []

    def is_imported(self, secret_name: str | None) -> bool:
        """Whether the stack's secret of this name was imported."""
        secret = self._secret(secret_name)
        return secret is not None and "secretValue" not in (secret.get("outputs") or {})

    def _secret(self, name: str | None) -> Mapping[str, Any] | None:
        for resource in self.resources:
            outputs = resource.get("outputs") or {}
            if resource["type"] == _SECRET and name and outputs.get("secretName") == name:
                return resource
        return None

    def _outputs(self, token: str) -> list[Mapping[str, Any]]:
        return [each.get("outputs") or {} for each in self.resources if each["type"] == token]


def deployed(stack: Stack, given: Given) -> Evidence:
    """Return what is deployed now. What AWS does not show is unknown; what Port does not show is taken from
    the state. Notes say so.

    Raises PortByollmError if nothing is deployed, or a part of it is gone.
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
            notes.append(
                f"The registration is taken from the stack's state: Port could not be asked ({at_port})."
            )
        arn = deployment.identity_arn(registration)
        aws = Aws.of(plan)
        identity = read_identity(aws, arn)
    if unreadable:
        notes.append(f"The stack's secrets cannot be read ({unreadable}).")
    if deployment.is_imported(secret_name := registration.config.get("externalIdSecretName")):
        notes.append(
            f"Port does not reveal the value of {secret_name}, which was imported: it is assumed to be the "
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
    """Return Port's registration, or why Port could not be asked.

    Raises PortByollmError if Port has no registration.
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
            "Bedrock is no longer registered in Port: run `port-byollm pulumi refresh`, then `up`"
        )
    return Registration(found.config, found.effective_models)


def _text(value: Any) -> str | None:
    """Return the text of a value; None if it is a secret that was not decrypted."""
    found = plain_secret(value)
    return found if isinstance(found, str) else None
