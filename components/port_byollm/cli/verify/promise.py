"""What a connection is meant to permit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from port_byollm import defaults
from port_byollm.catalogue import (
    ALL_MODEL_NAMES,
    GATEWAY_PRINCIPALS,
    Model,
    geography_of_region,
    models_for,
    parse_model,
)
from port_byollm.cli.stack.plan import Plan
from port_byollm.errors import ConfigError
from port_byollm.iam import arns
from port_byollm.iam.invoke_policy import Guardrail
from port_byollm.iam.trust_policy import external_ids_of
from port_byollm.proof import ANY_EXTERNAL_ID, ExternalId, Unknown
from port_byollm.proof.subject import Document

Scope = Literal["pinned", "documented"]


@dataclass(frozen=True)
class Given:
    """Options of the command line that override the stack. None keeps the default."""

    geography: str | None = None
    scope: Scope | None = None
    port_region: str | None = None


@dataclass(frozen=True)
class Registration:
    """Bedrock's registration in Port. A value of `config` is None if it is not known yet."""

    config: Mapping[str, str | None]
    models: Sequence[str]
    """Port's names of the enabled models."""

    @property
    def region(self) -> str:
        """Raises ConfigError if it is not known."""
        if region := self.config.get("region"):
            return region
        raise ConfigError("region", "the registration of Bedrock has none, or it is not known yet")


@dataclass(frozen=True)
class Promise:
    region: str
    geography: str
    models: tuple[Model, ...]
    gateways: Mapping[str, str]
    guardrail: tuple[str, str | None] | Unknown | None
    """Identifier or ARN, and version."""
    scope: Scope = "pinned"
    all_models: bool = False
    unknown_models: tuple[str, ...] = ()
    """Enabled models that the catalog lacks: Port may have added them since."""

    @classmethod
    def of_stack(cls, registration: Registration, plan: Plan, given: Given) -> Self:
        """Derive it from a stack's registration and configuration. Raises ConfigError if they are invalid."""
        from port_byollm.stack_config import parse  # `--help` does not wait for pydantic

        region = registration.region
        # Do not salvage: a proof must cover all that is configured.
        config = parse(plan.config, "target", "bedrock", "dataResidency").own()
        bedrock = config.bedrock
        return cls(
            region,
            given.geography or (bedrock.geography if bedrock else geography(region)),
            tuple(parse_model(name) for name in sorted(registration.models) if name in models_for("bedrock")),
            gateways(given.port_region or config.data_residency),
            registered_guardrail(registration.config),
            given.scope or (bedrock.scope if bedrock else defaults.SCOPE),
            bedrock is not None and bedrock.models == "all",
            # Port also lists models of other providers.
            tuple(sorted({*registration.models} - {*ALL_MODEL_NAMES})),
        )

    def guardrail_in(self, account: str | Unknown) -> Guardrail | Unknown | None:
        """Return the guardrail by ARN. A bare identifier is in `account`."""
        if isinstance(self.guardrail, Unknown | None):
            return self.guardrail
        identifier, version = self.guardrail
        if not identifier.startswith("arn:"):
            if isinstance(account, Unknown):
                return account
            partition = arns.partition(self.region)
            identifier = str(arns.Arn(partition, "bedrock", self.region, account, f"guardrail/{identifier}"))
        return Guardrail(identifier, version)


def geography(region: str) -> str:
    """Return the default geography for calls in `region`. Raises ConfigError if it has none."""
    if found := geography_of_region(region):
        return found
    raise ConfigError("region", f"no inference profile can be called in {region!r}", "name another region")


def gateways(region: str | None) -> Mapping[str, str]:
    """Return Port's gateway in that Port region; all gateways if Port has none there."""
    if region is not None and region in GATEWAY_PRINCIPALS:
        return {region: GATEWAY_PRINCIPALS[region]}
    return GATEWAY_PRINCIPALS


def accepted(
    registration: Registration, current: str | None, previous: Sequence[str | None]
) -> list[ExternalId]:
    """Return the external IDs that a stack's role should accept. An argument's None is an unknown value."""
    if "externalIdSecretName" not in registration.config:
        return [ANY_EXTERNAL_ID] if "roleArn" in registration.config else []
    labels = ["current", *(f"previous {number}" for number, _ in enumerate(previous, 1))]
    return [
        ExternalId(label, value or Unknown(f"the {label} external ID is not known"))
        for label, value in zip(labels, [current, *previous], strict=True)
    ]


def accepted_by(trust_policy: Document) -> list[ExternalId]:
    """Return the external IDs that a trust policy names."""
    values = external_ids_of(trust_policy)
    found = [ExternalId(f"accepted {number}", value) for number, value in enumerate(values, 1)]
    return found or [ANY_EXTERNAL_ID]


def registered_guardrail(config: Mapping[str, str | None]) -> tuple[str, str | None] | Unknown | None:
    if "guardrailIdentifier" not in config:
        return None
    identifier, version = config["guardrailIdentifier"], config.get("guardrailVersion", "DRAFT")
    if identifier is None or version is None:
        return Unknown("the guardrail is not known before the update")
    return identifier, version
