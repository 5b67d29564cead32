"""The principals that a role's trust policy admits."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam import arns
from port_byollm.iam.documents import as_list
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
    """A principal that the trust policy allows to assume the role."""

    principal: str
    external_id: str | None = field(repr=False)
    otherwise: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """The other condition keys (in lower case) and their values."""


class Trust:
    """A trust policy (a JSON text). Raises Undecidable if IAM would refuse it.

    `beside` are other trust policies. The requests that they distinguish are evaluated too, so that the
    admissions of several documents can be compared.
    """

    def __init__(self, document: str, beside: Sequence[str] = ()) -> None:
        parsed = parse(document)
        self._evaluator = Evaluator(identity_policies=[_MAY_ASSUME], resource_policy=parsed)
        self._statements = as_list(parsed["Statement"])
        others = (statement for text in beside for statement in as_list(parse(text)["Statement"]))
        self._distinguishing = [*self._statements, *others]
        self.admissions = tuple(dict.fromkeys(self._admitted()))

    @property
    def admits_gateway(self) -> bool:
        """Whether Port's LLM gateway, in any of Port's regions, may assume the role."""
        return any(admission.principal in GATEWAY_PRINCIPALS.values() for admission in self.admissions)

    @property
    def principals(self) -> list[str]:
        """The ARNs that are admitted: `STRANGER` stands for anyone, `everyone_in(account)` for an account."""
        return list(dict.fromkeys(admission.principal for admission in self.admissions))

    @property
    def others(self) -> list[str]:
        """Principals that are not identities in AWS accounts, such as `Service lambda.amazonaws.com`."""
        return [
            f"{kind} {name}"
            for statement in self._statements
            if statement["Effect"] == "Allow" and isinstance(statement.get("Principal"), Mapping)
            for kind, names in statement["Principal"].items()
            if kind != "AWS"
            for name in as_list(names)
        ]

    @property
    def other_actions(self) -> list[str]:
        """Allowed actions other than `sts:AssumeRole`, as written."""
        return [
            action
            for statement in self._statements
            if statement["Effect"] == "Allow"
            for action in as_list(statement.get("Action"))
            if action.lower() != ASSUME_ROLE.lower()
        ]

    @property
    def external_ids(self) -> list[str]:
        """Values that are accepted from Port's gateway and written out in full, so somebody chose them."""
        return [value for value in self._accepted() if value in self.written_external_ids]

    @property
    def written_external_ids(self) -> frozenset[str]:
        """Values in the conditions of this document and of those in `beside`."""
        return frozenset(
            value
            for statement in self._distinguishing
            for _, key, value in conditions(statement)
            if key == _EXTERNAL_ID_KEY
        )

    @property
    def demands_external_id(self) -> bool:
        """Whether Port's gateway is refused without an external ID, and with one that is not written out."""
        return all(value in self.external_ids for value in self._accepted())

    def _accepted(self) -> list[str | None]:
        admitted = (one for one in self.admissions if one.principal in GATEWAY_PRINCIPALS.values())
        return list(dict.fromkeys(one.external_id for one in admitted))

    def _admitted(self) -> Iterator[Admission]:
        choices = list(contexts(self._distinguishing, determined=[_PRINCIPAL_KEY, _ACCOUNT_KEY]))
        for principal in dict.fromkeys(self._candidates()):
            determined = {_PRINCIPAL_KEY: principal, _ACCOUNT_KEY: arns.parse(principal).account}
            for context in choices:
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
        for statement in self._distinguishing:
            principal = statement.get("Principal", statement.get("NotPrincipal"))
            yield from as_list(principal.get("AWS") if isinstance(principal, Mapping) else principal)
            for _, key, value in conditions(statement):
                if key in (_PRINCIPAL_KEY, _ACCOUNT_KEY):
                    yield value


def _instances(pattern: str) -> Iterator[str]:
    """Yield principals that match a pattern of ARNs or accounts."""
    yield everyone_in(account_instance(pattern))
    parts = pattern.split(":", 5)
    if len(parts) > 5:
        account = account_instance(parts[4])
        yield from (everyone_in(account), f"arn:aws:{instance(parts[2])}::{account}:{instance(parts[5])}")
    # A star may span colons: let it stand for the missing part of a role's ARN.
    head, _, tail = pattern.partition("*")
    role = head + _ANY_ROLE[len(head) :] + INVENTED + instance(tail)
    if _PRINCIPAL.fullmatch(role):
        yield role


@lru_cache(maxsize=4096)
def trust(document: str) -> Trust:
    """Return `Trust(document)`, computed once: every policy rule asks for it."""
    return Trust(document)


def everyone_in(account: str) -> str:
    """Return a principal of `account` that no document names: if it is admitted, the whole account is."""
    return f"arn:aws:iam::{account}:role/{INVENTED}"
