"""Who must not be able to assume the role, and with which external IDs nobody must."""

from collections.abc import Iterator, Mapping
from typing import Any

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam import arns
from port_byollm.iam.trust_policy import external_ids_of
from port_byollm.proof.claim import Claim, Group
from port_byollm.proof.connection import Connection
from port_byollm.proof.subject import Document, ExternalId, Role, Unknown
from port_byollm.proof.witness import ANOTHER, favourable, instance, listed, statements

_FOREIGN_ACCOUNTS = ("999999999999", "888888888888")
_SERVICES = ("bedrock.amazonaws.com", "ec2.amazonaws.com", "lambda.amazonaws.com")
_NAMED = "someone else whom the trust policy names assumes the role"


def strangers(connection: Connection) -> Iterator[Claim]:
    """Everybody but the expected gateways, each with every external ID that is accepted from those."""
    role = connection.subject.identity
    if not isinstance(role, Role):
        return
    admitted = set(role.gateways.values())
    samples: list[tuple[str, str, dict[str, str]]] = [
        (what, principal, {}) for what, principal in _samples(connection.arn, admitted)
    ]
    for what, principal, context in [*samples, *_named(role.trust_policy)]:
        if principal not in admitted:
            for external_id in role.external_ids or (None,):
                claim = Claim(Group.IMPOSSIBLE, what, allowed=False)
                yield connection.assumption(claim, principal, external_id, context)[0]


def external_ids(connection: Connection) -> Iterator[Claim]:
    """No, wrong and old external IDs from the gateways themselves, where one is demanded."""
    role = connection.subject.identity
    if not isinstance(role, Role) or not role.external_ids:
        return
    for what, external_id in _refused(role):
        for principal in role.gateways.values():
            claim = Claim(Group.IMPOSSIBLE, what, allowed=False)
            yield connection.assumption(claim, principal, external_id)[0]


def _samples(role_arn: str, admitted: set[str]) -> Iterator[tuple[str, str]]:
    own = arns.parse(role_arn).account
    ports = sorted({arns.parse(principal).account for principal in (*GATEWAY_PRINCIPALS.values(), *admitted)})
    foreign = next(account for account in _FOREIGN_ACCOUNTS if account not in (own, *ports))
    for principal in GATEWAY_PRINCIPALS.values():
        if principal not in admitted:
            yield "Port's gateway of another Port region assumes the role", principal
    for account in ports:
        yield "another role of Port's account assumes the role", f"arn:aws:iam::{account}:role/{ANOTHER}"
    for name in sorted({principal.rpartition(":")[2] for principal in admitted}):
        yield "another account assumes the role", f"arn:aws:iam::{foreign}:{name}"
    yield "another account assumes the role", f"arn:aws:iam::{foreign}:user/{ANOTHER}"
    yield "another identity of the role's own account assumes it", f"arn:aws:iam::{own}:role/{ANOTHER}"
    yield "another identity of the role's own account assumes it", f"arn:aws:iam::{own}:user/{ANOTHER}"
    for account in (own, *ports, foreign):
        yield "an account's root user assumes the role", f"arn:aws:iam::{account}:root"
    for service in _SERVICES:
        yield "an AWS service assumes the role", service


def _named(trust: Document | Unknown) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Whom else the trust policy's own statements name, each where its statement's condition holds."""
    for statement in statements(trust):
        context = favourable(statement)
        principals = list(_principals(statement))
        if pattern := context.get("aws:principalarn"):
            principals.append(pattern)
        if account := context.get("aws:principalaccount"):
            principals.append(account)
        for principal in principals:
            for someone in _someone(principal):
                yield _NAMED, someone, context


def _principals(statement: Mapping[str, Any]) -> Iterator[str]:
    element = statement.get("Principal")
    for values in element.values() if isinstance(element, Mapping) else [element]:
        for value in listed(values):
            yield _FOREIGN_ACCOUNTS[0] if value == "*" else str(value)


def _someone(principal: str) -> Iterator[str]:
    """Who acts in the name of what a statement names: for an account, any role of it."""
    account = principal if arns.is_account(principal) else principal.removesuffix(":root").rpartition(":")[2]
    if arns.is_account(account):
        yield f"arn:aws:iam::{account}:role/{ANOTHER}"
    else:
        yield instance(principal).replace(f"::{ANOTHER}:", f"::{_FOREIGN_ACCOUNTS[0]}:")


def _refused(role: Role) -> Iterator[tuple[str, ExternalId | None]]:
    yield "Port's gateway assumes the role without an external ID", None
    accepted = [one.value for one in role.external_ids]
    for wrong in ["wrong-external-id", *(alike for value in accepted for alike in _alike(value))]:
        if wrong not in accepted:
            yield "Port's gateway assumes the role with a wrong external ID", ExternalId("wrong", wrong)
    for old in role.refused:
        yield "Port's gateway assumes the role with an old external ID", old
    if isinstance(role.trust_policy, Unknown) or any(isinstance(value, Unknown) for value in accepted):
        return
    for value in external_ids_of(role.trust_policy):
        if value not in accepted and value not in [old.value for old in role.refused]:
            yield (
                "Port's gateway assumes the role with an external ID that the trust policy alone knows",
                ExternalId("unlisted", value),
            )


def _alike(value: str | Unknown) -> Iterator[str]:
    """Values that a careless comparison takes for the right one."""
    if isinstance(value, str):
        yield from (value[:-1], f"{value}0", value.swapcase())
