"""Whom a role's trust policy admits."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam import arns
from port_byollm.iam.evaluator import Evaluator, Request, Undecidable
from port_byollm.iam.permissions import parse
from port_byollm.iam.witnesses import (
    ACCOUNT,
    INVENTED,
    account_instance,
    conditions,
    contexts,
    has_wildcard,
    instance,
    listed,
)

ASSUME_ROLE = "sts:AssumeRole"
STRANGER = f"arn:aws:iam::{ACCOUNT}:role/{INVENTED}"
"""A principal that no document names."""

_ROLE = "arn:aws:iam::888888888888:role/gateway"
_ANY_ROLE = f"arn:aws:iam::{ACCOUNT}:role/"
_EXTERNAL_ID_KEY = "sts:externalid"
_PRINCIPAL_KEY = "aws:principalarn"
_ACCOUNT_KEY = "aws:principalaccount"
_MAY_ASSUME = {"Statement": {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}}
_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:\S+")


@dataclass(frozen=True)
class Admission:
    """A principal that may assume the role, as far as the role has a say in it."""

    principal: str
    external_id: str | None = field(repr=False)
    otherwise: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Further condition keys in lower case, each with its value."""


class Trust:
    """A trust policy (a JSON text). Raises Undecidable where IAM would refuse it.

    What documents `beside` it tell apart is told apart too, so that what is found can be compared with what
    they admit.
    """

    def __init__(self, document: str, beside: Sequence[str] = ()) -> None:
        parsed = parse(document)
        self._evaluator = Evaluator(identity_policies=[_MAY_ASSUME], resource_policy=parsed)
        self._statements = listed(parsed["Statement"])
        others = (parse(text) for text in beside)
        self._apart = [*self._statements, *(one for other in others for one in listed(other["Statement"]))]
        self.admissions = tuple(dict.fromkeys(self._admitted()))

    @property
    def admits_gateway(self) -> bool:
        """Whether Port's LLM gateway, in any of Port's regions, may assume the role."""
        return any(admission.principal in GATEWAY_PRINCIPALS.values() for admission in self.admissions)

    @property
    def principals(self) -> list[str]:
        """Who is admitted: `STRANGER` stands for anyone at all, and `everyone_in` for a whole account."""
        return list(dict.fromkeys(admission.principal for admission in self.admissions))

    @property
    def others(self) -> list[str]:
        """Principals that are no identities of AWS accounts, as `Service lambda.amazonaws.com`."""
        return [
            f"{kind} {name}"
            for statement in self._statements
            if statement["Effect"] == "Allow" and isinstance(statement.get("Principal"), Mapping)
            for kind, names in statement["Principal"].items()
            if kind != "AWS"
            for name in listed(names)
        ]

    @property
    def other_actions(self) -> list[str]:
        """Actions, as they are written, that are allowed beside `sts:AssumeRole`."""
        return [
            action
            for statement in self._statements
            if statement["Effect"] == "Allow"
            for action in listed(statement.get("Action"))
            if action.lower() != ASSUME_ROLE.lower()
        ]

    @property
    def external_ids(self) -> list[str]:
        """Values that are accepted from Port's gateway and that somebody chose: written out in full."""
        return [value for value in self._accepted() if value in self.written_external_ids]

    @property
    def written_external_ids(self) -> frozenset[str]:
        """Values that stand in a condition, here or in a document beside."""
        return frozenset(
            value
            for statement in self._apart
            for _, key, value in conditions(statement)
            if key == _EXTERNAL_ID_KEY
        )

    @property
    def demands_external_id(self) -> bool:
        """Whether Port's gateway is refused without an external ID, and with one that nobody chose."""
        return all(value in self.external_ids for value in self._accepted())

    def _accepted(self) -> list[str | None]:
        admitted = (one for one in self.admissions if one.principal in GATEWAY_PRINCIPALS.values())
        return list(dict.fromkeys(one.external_id for one in admitted))

    def _admitted(self) -> Iterator[Admission]:
        found = list(contexts(self._apart, determined=[_PRINCIPAL_KEY, _ACCOUNT_KEY]))
        for principal in dict.fromkeys(self._candidates()):
            determined = {_PRINCIPAL_KEY: principal, _ACCOUNT_KEY: arns.parse(principal).account}
            for context in found:
                request = Request(principal, ASSUME_ROLE, _ROLE, {**context, **determined})
                if self._allowed(request):
                    otherwise = [item for item in context.items() if item[0] != _EXTERNAL_ID_KEY]
                    yield Admission(principal, context.get(_EXTERNAL_ID_KEY), tuple(otherwise))

    def _allowed(self, request: Request) -> bool:
        try:
            return self._evaluator.evaluate(request).allowed
        except Undecidable as undecidable:
            if undecidable.place.startswith("request"):
                return False
            raise

    def _candidates(self) -> Iterator[str]:
        yield from (STRANGER, *GATEWAY_PRINCIPALS.values())
        for name in self._named():
            if arns.is_account(name):
                yield everyone_in(name)
            elif has_wildcard(name):
                yield from _instances(name)
            elif _PRINCIPAL.fullmatch(name):
                yield everyone_in(arns.parse(name).account)
                yield name

    def _named(self) -> Iterator[str]:
        for statement in self._apart:
            principal = statement.get("Principal", statement.get("NotPrincipal"))
            yield from listed(principal.get("AWS") if isinstance(principal, Mapping) else principal)
            for _, key, value in conditions(statement):
                if key in (_PRINCIPAL_KEY, _ACCOUNT_KEY):
                    yield value


def _instances(pattern: str) -> Iterator[str]:
    """Principals that a pattern, of ARNs or of accounts, can stand for."""
    yield everyone_in(account_instance(pattern))
    parts = pattern.split(":", 5)
    if len(parts) > 5:
        account = account_instance(parts[4])
        yield from (everyone_in(account), f"arn:aws:{instance(parts[2])}::{account}:{instance(parts[5])}")
    # A star may reach over colons: let it stand for what is missing of a role's ARN.
    head, _, tail = pattern.partition("*")
    found = head + _ANY_ROLE[len(head) :] + INVENTED + instance(tail)
    if _PRINCIPAL.fullmatch(found):
        yield found


@lru_cache(maxsize=4096)
def trust(document: str) -> Trust:
    """Whom `document` (a JSON text) admits; every rule asks, and it is found once."""
    return Trust(document)


def everyone_in(account: str) -> str:
    """A principal that no document names, of an account that one does."""
    return f"arn:aws:iam::{account}:role/{INVENTED}"
