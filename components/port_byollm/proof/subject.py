"""The subject of a proof: a connection, its documents, and what they promise."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from port_byollm.catalogue import Model
from port_byollm.iam.invoke_policy import Guardrail

Document = Mapping[str, Any]
"""A policy document as parsed JSON."""


@dataclass(frozen=True)
class Unknown:
    """Stands for a value that is not known yet or may not be read. `reason` is a clause that says why."""

    reason: str


@dataclass(frozen=True)
class Policy:
    """A document, and the name by which people recognize it. Its repr omits the document, which may contain
    external IDs."""

    name: str
    document: Document | Unknown = field(repr=False)


@dataclass(frozen=True)
class ExternalId:
    """A value that is never shown, and the `label` shown in its place: `current`, `previous`, `old`."""

    label: str
    value: str | Unknown = field(repr=False)


ANY_EXTERNAL_ID = ExternalId("any", "any-external-id")
"""Stands in if Port sends none or the role requires none, to show whether the role accepts any value."""


@dataclass(frozen=True)
class Role:
    """The role that Port's gateway assumes.

    `gateways` maps Port region -> ARN of each gateway that the role must admit. `external_ids` are the values
    now accepted; empty if the role requires none. `refused` are those that it must no longer accept.
    """

    arn: str | Unknown
    trust_policy: Document | Unknown = field(repr=False)
    gateways: Mapping[str, str]
    external_ids: tuple[ExternalId, ...] = ()
    refused: tuple[ExternalId, ...] = ()


@dataclass(frozen=True)
class User:
    """The user whose access key Port has."""

    arn: str | Unknown


@dataclass(frozen=True)
class Subject:
    """One connection.

    `region` is where Port calls the profiles of `geography`. `models` are the enabled models;
    `unknown_models` are Port's names of enabled models that the catalog does not know. `all_models` says
    that other models may be called too. `scope` is what the policies promise. `pinned`: models are called
    only through their profile, only in its destination regions, and with the guardrail. `documented`: none
    of this.

    `scps` and `rcps` are the organization's policies, by level from the root down to the account. Each level
    must be complete, including an attached `FullAWSAccess`. If both are empty, the proof does not cover them.
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
