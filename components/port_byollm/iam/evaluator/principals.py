"""Who asks, and whom a `Principal` element names.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from port_byollm.iam import arns
from port_byollm.iam.evaluator.request import Undecidable

_OTHER_KINDS = ("Service", "Federated", "CanonicalUser")
_ROOT = re.compile(r"arn:aws(?:-[a-z]+)*:iam::([0-9]{12}):root")


class Named(IntEnum):
    """How a statement names the caller; the greater, the less else the caller needs within one account."""

    NOT = 0
    ACCOUNT = 1
    """By its account, which leaves it to the account's own policies."""
    ROLE = 2
    """As a role, or as everyone: a permission boundary still limits it."""
    DIRECTLY = 3
    """As a user or a role session: no boundary limits it."""


@dataclass(frozen=True)
class Caller:
    """A role, a role session or a user."""

    arn: str
    account: str
    kind: str
    role_name: str | None
    """Of a session: its ARN drops the role's path."""

    @classmethod
    def parse(cls, arn: str, place: str) -> "Caller":
        """Raises Undecidable where `arn` is of none of them."""
        try:
            parsed = arns.parse(arn)
        except ValueError:
            raise Undecidable(place, f"{arn!r} is not an ARN") from None
        kind, _, name = parsed.resource.partition("/")
        role_name, _, session = name.partition("/")
        is_session = parsed.service == "sts" and kind == "assumed-role" and role_name and session
        is_identity = parsed.service == "iam" and kind in ("role", "user") and name
        if not (is_session or is_identity) or not arns.is_account(parsed.account) or "*" in arn or "?" in arn:
            raise Undecidable(place, f"{arn!r} is not the ARN of a role, a role session or a user")
        return cls(arn, parsed.account, kind, role_name if is_session else None)


@dataclass(frozen=True)
class Principals:
    """A `Principal` element."""

    everyone: bool
    accounts: frozenset[str]
    arns: frozenset[str]
    roles: frozenset[tuple[str, str]]
    """Account and name of each role among `arns`."""

    def names(self, caller: Caller) -> Named:
        if caller.arn in self.arns:
            return Named.ROLE if caller.kind == "role" else Named.DIRECTLY
        if self.everyone or (caller.role_name and (caller.account, caller.role_name) in self.roles):
            return Named.ROLE
        return Named.ACCOUNT if caller.account in self.accounts else Named.NOT


def compile_principals(element: object, place: str) -> Principals:
    """Read a `Principal` element. Raises Undecidable, with `place`, for what IAM refuses."""
    if element == "*":
        return Principals(True, frozenset(), frozenset(), frozenset())
    if not isinstance(element, Mapping) or not element:
        raise Undecidable(place, 'is neither "*" nor an object')
    unknown = [kind for kind in element if kind not in ("AWS", *_OTHER_KINDS)]
    if unknown:
        raise Undecidable(place, f"{unknown[0]!r} is no kind of principal")
    everyone = False
    accounts, named, roles = set(), set(), set()
    given = element.get("AWS", [])
    values = [given] if isinstance(given, str) else given
    if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
        raise Undecidable(place, "AWS is neither text nor a list of texts")
    for value in values:
        if value == "*":
            everyone = True
        elif arns.is_account(value):
            accounts.add(value)
        elif root := _ROOT.fullmatch(value):
            accounts.add(root[1])
        else:
            caller = Caller.parse(value, place)
            named.add(caller.arn)
            if caller.kind == "role":
                roles.add((caller.account, caller.arn.rpartition("/")[2]))
    return Principals(everyone, frozenset(accounts), frozenset(named), frozenset(roles))
