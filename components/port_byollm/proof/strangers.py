"""The principals that must not be able to assume the role, and the external IDs that must not be accepted."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam import arns
from port_byollm.iam.admissions import Admission, Trust
from port_byollm.iam.documents import as_list
from port_byollm.iam.evaluator import Undecidable, actions
from port_byollm.iam.witnesses import INVENTED, favourable, grants, instance, is_invented
from port_byollm.proof.claim import Claim, Group
from port_byollm.proof.connection import Connection
from port_byollm.proof.requests import ASSUME_ROLE
from port_byollm.proof.subject import Document, ExternalId, Role, Unknown

_FOREIGN_ACCOUNTS = ("999999999999", "888888888888")
_SERVICES = ("bedrock.amazonaws.com", "ec2.amazonaws.com", "lambda.amazonaws.com")
_PRINCIPAL_KEYS = ("aws:principalarn", "aws:principalaccount")
_UNLISTED = "Port's gateway assumes the role in another way that the trust policy allows"
_NAMED = "another principal that the trust policy names assumes the role"


class _Stranger(NamedTuple):
    """A principal that must not be able to assume the role. `context` are its further condition keys."""

    what: str
    principal: str
    context: Mapping[str, str] = MappingProxyType({})
    action: str = ASSUME_ROLE


def strangers(connection: Connection) -> Iterator[Claim]:
    """Yield claims about everyone except the expected gateways, with each accepted external ID."""
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
    """Yield claims about the gateways with no, a wrong or an old external ID, if the role requires one."""
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
            # A value that is written out may be one of the unknown ones.
            is_unlisted = value not in accepted and (
                value is None or is_invented(value) or not _has_unknown(accepted)
            )
            if admission.principal in role.gateways.values() and is_unlisted:
                yield _admission(connection, claim, admission)
    except Undecidable as error:
        yield replace(claim, reason=f"the trust policy cannot be tried out: {error}")


def _admissions(trust: Document) -> Iterator[Admission]:
    """Yield what a trust policy admits: each principal, external ID and context that it can distinguish.

    Raises Undecidable if there are too many to try.
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
    """Yield the principals that the trust policy's statements name, in contexts that satisfy them."""
    for statement in grants(trust):
        context = favourable(statement)
        principals = [*_principals(statement), *(context[key] for key in _PRINCIPAL_KEYS if key in context)]
        names = (name for pattern in as_list(statement.get("Action")) for name in actions.existing(pattern))
        for action in [name for name in names if name.lower().startswith(ASSUME_ROLE.lower())]:
            for principal in principals:
                yield _Stranger(_NAMED, _someone(principal), context, action)


def _principals(statement: Mapping[str, Any]) -> Iterator[str]:
    element = statement.get("Principal")
    for values in element.values() if isinstance(element, Mapping) else [element]:
        for value in as_list(values):
            yield _FOREIGN_ACCOUNTS[0] if value == "*" else str(value)


def _someone(principal: str) -> str:
    """Return an identity that matches what a statement names; for an account, a role in it."""
    account = principal.removesuffix(":root").rpartition(":")[2]
    if arns.is_account(account):
        return f"arn:aws:iam::{account}:role/{INVENTED}"
    return instance(principal).replace(f"::{INVENTED}:", f"::{_FOREIGN_ACCOUNTS[0]}:")


def _refused(role: Role) -> Iterator[tuple[str, ExternalId | None]]:
    yield "Port's gateway assumes the role without an external ID", None
    accepted = [one.value for one in role.external_ids]
    for wrong in ["wrong-external-id", *(similar for value in accepted for similar in _similar(value))]:
        if wrong not in accepted:
            yield "Port's gateway assumes the role with a wrong external ID", ExternalId("wrong", wrong)
    for old in role.refused:
        yield "Port's gateway assumes the role with an old external ID", old


def _similar(value: str | Unknown) -> Iterator[str]:
    """Yield values that a careless comparison would accept."""
    if isinstance(value, str):
        yield from (value[:-1], f"{value}0", value.swapcase())
