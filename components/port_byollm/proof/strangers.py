"""Who must not be able to assume the role, and with which external IDs nobody must."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam import arns
from port_byollm.iam.admissions import Admission, Trust
from port_byollm.iam.evaluator import Undecidable, actions
from port_byollm.iam.witnesses import INVENTED, favourable, grants, instance, is_invented, listed
from port_byollm.proof.claim import Claim, Group
from port_byollm.proof.connection import Connection
from port_byollm.proof.requests import ASSUME_ROLE
from port_byollm.proof.subject import Document, ExternalId, Role, Unknown

_FOREIGN_ACCOUNTS = ("999999999999", "888888888888")
_SERVICES = ("bedrock.amazonaws.com", "ec2.amazonaws.com", "lambda.amazonaws.com")
_PRINCIPAL_KEYS = ("aws:principalarn", "aws:principalaccount")
_UNLISTED = "Port's gateway assumes the role in a way that the trust policy alone knows"
_NAMED = "someone else whom the trust policy names assumes the role"


class _Stranger(NamedTuple):
    """`context` are condition keys that he brings along."""

    what: str
    principal: str
    context: Mapping[str, str] = MappingProxyType({})
    action: str = ASSUME_ROLE


def strangers(connection: Connection) -> Iterator[Claim]:
    """Everybody but the expected gateways, each with every external ID that is accepted from those."""
    role = connection.subject.identity
    if not isinstance(role, Role):
        return
    admitted = set(role.gateways.values())
    samples = [_Stranger(what, principal) for what, principal in _samples(connection.arn, admitted)]
    for stranger in [*samples, *_named(connection.trust)]:
        if stranger.principal not in admitted:
            claim = Claim(Group.IMPOSSIBLE, stranger.what, allowed=False)
            for external_id in role.external_ids or (None,):
                yield connection.assumption(
                    claim, stranger.principal, external_id, stranger.context, stranger.action
                )[0]
    claim = Claim(Group.IMPOSSIBLE, _NAMED, allowed=False)
    try:
        for admission in _admissions(connection.trust):
            if admission.principal not in admitted:
                yield _admission(connection, claim, admission)
    except Undecidable as error:
        yield replace(claim, reason=f"the trust policy cannot be tried out: {error}")


def external_ids(connection: Connection) -> Iterator[Claim]:
    """No, wrong and old external IDs from the gateways themselves, where one is demanded."""
    role = connection.subject.identity
    if not isinstance(role, Role) or not role.external_ids:
        return
    for what, external_id in _refused(role):
        for principal in role.gateways.values():
            claim = Claim(Group.IMPOSSIBLE, what, allowed=False)
            yield connection.assumption(claim, principal, external_id)[0]
    accepted = [one.value for one in role.external_ids]
    claim = Claim(Group.IMPOSSIBLE, _UNLISTED, allowed=False)
    try:
        for admission in _admissions(connection.trust):
            value = admission.external_id
            # One that is written out may be one of those that are not known.
            is_unlisted = value not in accepted and (
                value is None or is_invented(value) or not _has_unknown(accepted)
            )
            if admission.principal in role.gateways.values() and is_unlisted:
                yield _admission(connection, claim, admission)
    except Undecidable as error:
        yield replace(claim, reason=f"the trust policy cannot be tried out: {error}")


def _admissions(trust: Document) -> Iterator[Admission]:
    """Whom a trust policy admits, in every way that its conditions tell apart; the external ID is his choice.

    Raises Undecidable where there are too many.
    """
    if trust:
        yield from Trust(json.dumps(trust)).admissions


def _admission(connection: Connection, claim: Claim, admission: Admission) -> Claim:
    value = admission.external_id
    external_id = None if value is None else ExternalId("unlisted", value)
    return connection.assumption(claim, admission.principal, external_id, dict(admission.otherwise))[0]


def _has_unknown(values: Iterable[object]) -> bool:
    return any(isinstance(value, Unknown) for value in values)


def _samples(role_arn: str, admitted: set[str]) -> Iterator[tuple[str, str]]:
    own = arns.parse(role_arn).account
    ports = sorted({arns.parse(principal).account for principal in (*GATEWAY_PRINCIPALS.values(), *admitted)})
    foreign = next(account for account in _FOREIGN_ACCOUNTS if account not in (own, *ports))
    for principal in GATEWAY_PRINCIPALS.values():
        if principal not in admitted:
            yield "Port's gateway of another Port region assumes the role", principal
    for account in ports:
        yield "another role of Port's account assumes the role", f"arn:aws:iam::{account}:role/{INVENTED}"
    for name in sorted({principal.rpartition(":")[2] for principal in admitted}):
        yield "another account assumes the role", f"arn:aws:iam::{foreign}:{name}"
    yield "another account assumes the role", f"arn:aws:iam::{foreign}:user/{INVENTED}"
    yield "another identity of the role's own account assumes it", f"arn:aws:iam::{own}:role/{INVENTED}"
    yield "another identity of the role's own account assumes it", f"arn:aws:iam::{own}:user/{INVENTED}"
    for account in (own, *ports, foreign):
        yield "an account's root user assumes the role", f"arn:aws:iam::{account}:root"
    for service in _SERVICES:
        yield "an AWS service assumes the role", service


def _named(trust: Document) -> Iterator[_Stranger]:
    """Whom else the trust policy's own statements name, each where its statement's condition holds."""
    for statement in grants(trust):
        context = favourable(statement)
        found = [*_principals(statement), *(context[key] for key in _PRINCIPAL_KEYS if key in context)]
        names = (name for pattern in listed(statement.get("Action")) for name in actions.existing(pattern))
        for action in [name for name in names if name.lower().startswith(ASSUME_ROLE.lower())]:
            for principal in found:
                yield _Stranger(_NAMED, _someone(principal), context, action)


def _principals(statement: Mapping[str, Any]) -> Iterator[str]:
    element = statement.get("Principal")
    for values in element.values() if isinstance(element, Mapping) else [element]:
        for value in listed(values):
            yield _FOREIGN_ACCOUNTS[0] if value == "*" else str(value)


def _someone(principal: str) -> str:
    """Who acts in the name of what a statement names: for an account, any role of it."""
    account = principal.removesuffix(":root").rpartition(":")[2]
    if arns.is_account(account):
        return f"arn:aws:iam::{account}:role/{INVENTED}"
    return instance(principal).replace(f"::{INVENTED}:", f"::{_FOREIGN_ACCOUNTS[0]}:")


def _refused(role: Role) -> Iterator[tuple[str, ExternalId | None]]:
    yield "Port's gateway assumes the role without an external ID", None
    accepted = [one.value for one in role.external_ids]
    for wrong in ["wrong-external-id", *(alike for value in accepted for alike in _alike(value))]:
        if wrong not in accepted:
            yield "Port's gateway assumes the role with a wrong external ID", ExternalId("wrong", wrong)
    for old in role.refused:
        yield "Port's gateway assumes the role with an old external ID", old


def _alike(value: str | Unknown) -> Iterator[str]:
    """Values that a careless comparison takes for the right one."""
    if isinstance(value, str):
        yield from (value[:-1], f"{value}0", value.swapcase())
