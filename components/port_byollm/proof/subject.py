"""What a proof is about: a connection, its documents, and what was promised about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from port_byollm.catalogue import Model
from port_byollm.iam.invoke_policy import Guardrail

Document = Mapping[str, Any]
"""A policy document, as JSON has it."""


@dataclass(frozen=True)
class Unknown:
    """Stands for what cannot be told yet, or may not be read; `reason` says which, as a clause for people."""

    reason: str


@dataclass(frozen=True)
class Policy:
    """A document with the name by which people find it again. Documents may hold external IDs: not shown."""

    name: str
    document: Document | Unknown = field(repr=False)


@dataclass(frozen=True)
class ExternalId:
    """A value that is never shown; `label` (`current`, `previous`, `old`) is what stands for it."""

    label: str
    value: str | Unknown = field(repr=False)


ANY_EXTERNAL_ID = ExternalId("any", "any-external-id")
"""Where Port sends none, or a role demands none: that it comes in, and who has none, is shown then."""


@dataclass(frozen=True)
class Role:
    """The role that Port's gateway assumes.

    `gateways` maps Port region -> ARN of each gateway that is to be admitted. `external_ids` are those now
    accepted: none where the role demands none. `refused` are those that must not be accepted any more.
    """

    arn: str | Unknown
    trust_policy: Document | Unknown = field(repr=False)
    gateways: Mapping[str, str]
    external_ids: tuple[ExternalId, ...] = ()
    refused: tuple[ExternalId, ...] = ()


@dataclass(frozen=True)
class User:
    """The user whose access keys Port holds."""

    arn: str | Unknown


@dataclass(frozen=True)
class Subject:
    """One connection.

    `region` is where Port calls the profiles of `geography`. `models` are those enabled, `unknown_models`
    those of which Port's name is all that is known; `all_models` says that others may be called too. `scope`
    is what the policies promise: `pinned`, that models are called through their profile alone, in its
    destination regions alone and with the guardrail; `documented`, none of that.

    `scps` and `rcps` are the organization's, by level from the root down to the account, each level complete
    (a policy `FullAWSAccess` that is attached is one of them). Without any, they are no part of the proof.
    """

    region: str
    account: str | Unknown
    geography: str
    models: tuple[Model, ...]
    identity: Role | User
    policies: tuple[Policy, ...]
    boundary: Policy | None = None
    guardrail: Guardrail | Unknown | None = None
    scope: Literal["pinned", "documented"] = "pinned"
    all_models: bool = False
    scps: tuple[tuple[Policy, ...], ...] = ()
    rcps: tuple[tuple[Policy, ...], ...] = ()
    unknown_models: tuple[str, ...] = ()
