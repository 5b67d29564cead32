"""Callers, and the principals that a `Principal` element names.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from functools import lru_cache

from port_byollm.iam import arns
from port_byollm.iam.evaluator.request import Undecidable

_SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]*\.amazonaws\.com(?:\.cn)?")
_WEB_IDENTITY = (
    "accounts.google.com",
    "cognito-identity.amazonaws.com",
    "graph.facebook.com",
    "www.amazon.com",
)
_CANONICAL_USER = re.compile(r"[0-9a-f]{64}")


class Named(IntEnum):
    """How a statement names the caller. The higher, the fewer other permissions it needs in one account."""

    NOT = 0
    ACCOUNT = 1
    """By its account, which delegates to the account's own policies."""
    ROLE = 2
    """As a role, which a permission boundary still limits."""
    DIRECTLY = 3
    """As a user, a session or everyone, which no boundary limits."""


class Kind(Enum):
    """The kind of a caller."""

    ROLE = "role"
    SESSION = "assumed-role"
    USER = "user"
    FEDERATED_USER = "federated-user"
    ROOT = "root"
    EXTERNAL = "external"
    """An AWS service or an identity provider's user; in no account."""


@dataclass(frozen=True)
class Caller:
    """A role, a role session, a user, an account's root, a service or an identity provider's user."""

    arn: str
    """For a service or a web identity provider, its name."""
    account: str
    """Empty if the caller is in no account."""
    kind: Kind
    role_name: str = ""
    """Only for a session, whose ARN omits the role's path."""

    @property
    def service_linked(self) -> bool:
        """Whether this is a service-linked role, which neither SCPs nor RCPs limit."""
        return self.role_name.startswith("AWSServiceRoleFor") or ":role/aws-service-role/" in self.arn


def parse_caller(arn: str, place: str) -> Caller:
    """Return the caller that `arn` names. Raises Undecidable, with `place`, if it names none."""
    if not isinstance(arn, str):
        raise Undecidable(place, "is not text")
    return _parse_caller(arn, place)


@lru_cache(maxsize=4096)
def _parse_caller(arn: str, place: str) -> Caller:
    if _SERVICE.fullmatch(arn) or arn in _WEB_IDENTITY:
        return Caller(arn, "", Kind.EXTERNAL)
    try:
        parsed = arns.parse(arn)
    except ValueError:
        raise Undecidable(place, f"{arn!r} is not an ARN") from None
    kind, _, name = parsed.resource.partition("/")
    role_name, _, session = name.partition("/")
    if arns.is_account(parsed.account) and not parsed.region and "*" not in arn and "?" not in arn:
        match parsed.service, kind:
            case ("iam", "root") if parsed.resource == "root":
                return Caller(arn, parsed.account, Kind.ROOT)
            case ("iam", "role" | "user") if name:
                return Caller(arn, parsed.account, Kind(kind))
            case ("iam", "saml-provider" | "oidc-provider") if name:
                return Caller(arn, "", Kind.EXTERNAL)
            case ("sts", "assumed-role") if role_name and session:
                return Caller(arn, parsed.account, Kind.SESSION, role_name)
            case ("sts", "federated-user") if name:
                return Caller(arn, parsed.account, Kind.FEDERATED_USER)
    raise Undecidable(place, f"{arn!r} is not the ARN of a role, a role session, a user or an account's root")


@dataclass(frozen=True)
class Principals:
    """The principals of a `Principal` or `NotPrincipal` element."""

    everyone: bool
    accounts: frozenset[str]
    arns: frozenset[str]
    """Includes the names of services and identity providers."""
    roles: frozenset[tuple[str, str]]
    """Account and name of each role among `arns`."""

    def names(self, caller: Caller) -> Named:
        if caller.arn in self.arns:
            return Named.ROLE if caller.kind is Kind.ROLE else Named.DIRECTLY
        if self.everyone:
            return Named.DIRECTLY
        if self._names_role(caller):
            return Named.ROLE
        return Named.ACCOUNT if caller.account in self.accounts else Named.NOT

    def excepts(self, caller: Caller) -> bool:
        """Whether a `NotPrincipal` exempts the caller, which must be listed together with its account.

        AWS may check the account first, then a session's role
        (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html).
        """
        if caller.kind is Kind.EXTERNAL:
            return caller.arn in self.arns
        listed = caller.arn in self.arns if caller.kind is not Kind.SESSION else self._names_role(caller)
        return caller.account in self.accounts and (listed or caller.kind is Kind.ROOT)

    def _names_role(self, caller: Caller) -> bool:
        return caller.kind is Kind.SESSION and (caller.account, caller.role_name) in self.roles


def compile_principals(element: object, place: str, *, trust: bool) -> Principals:
    """Read a `Principal` element. `trust`: whether it is in a trust policy.

    Raises Undecidable, with `place`, if IAM would refuse it.
    """
    if element == "*":
        return Principals(True, frozenset(), frozenset(), frozenset())
    if not isinstance(element, Mapping) or not element:
        raise Undecidable(place, 'is neither "*" nor an object')
    everyone = False
    accounts, named, roles = set(), set(), set()
    for kind, value in _listed(element, place):
        match kind:
            case "AWS" if value == "*":
                everyone = True
            case "AWS" if arns.is_account(value):
                accounts.add(value)
            case "AWS":
                caller = parse_caller(value, place)
                if caller.kind is Kind.EXTERNAL:
                    raise Undecidable(place, f"{value!r} is not an AWS principal")
                if caller.kind is Kind.ROOT:
                    accounts.add(caller.account)
                else:
                    named.add(caller.arn)
                if caller.kind is Kind.ROLE:
                    roles.add((caller.account, caller.arn.rpartition("/")[2]))
            case "Service" if _SERVICE.fullmatch(value):
                named.add(value)
            case "Federated" if value in _WEB_IDENTITY or parse_caller(value, place).kind is Kind.EXTERNAL:
                named.add(value)
            case "CanonicalUser" if _CANONICAL_USER.fullmatch(value) and not trust:
                pass  # callers here never have a canonical user ID
            case "Service" | "Federated" | "CanonicalUser":
                raise Undecidable(place, f"{kind} {value!r} is not a valid principal")
            case _:
                raise Undecidable(place, f"{kind!r} is not a type of principal")
    return Principals(everyone, frozenset(accounts), frozenset(named), frozenset(roles))


def _listed(element: Mapping[str, object], place: str) -> Iterator[tuple[str, str]]:
    """Yield kind and value of each principal."""
    for kind, given in element.items():
        values = [given] if isinstance(given, str) else given
        if not isinstance(values, list | tuple) or not values:
            raise Undecidable(place, f"{kind} is neither text nor a list of texts")
        for value in values:
            if not isinstance(value, str):
                raise Undecidable(place, f"{kind} is neither text nor a list of texts")
            yield kind, value
