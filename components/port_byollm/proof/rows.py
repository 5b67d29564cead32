"""Rows of a proof's table: similar claims, merged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from port_byollm.iam import arns
from port_byollm.iam.evaluator import Decision
from port_byollm.proof.claim import Claim, Group

MARKS = {True: "ok", False: "FAILS", None: "unknown"}
_MOST = 8
_WORDS = {
    Decision.ALLOWED: "allowed",
    Decision.IMPLICITLY_DENIED: "denied",
    Decision.EXPLICITLY_DENIED: "denied",
    None: "unknown",
}


@dataclass(frozen=True)
class Row:
    """One or more claims with the same verdict."""

    claims: tuple[Claim, ...]

    @property
    def holds(self) -> bool | None:
        return self.claims[0].holds

    @property
    def mark(self) -> str:
        return MARKS[self.holds]

    @property
    def decided(self) -> str:
        return _WORDS[self.claims[0].decided]

    @property
    def who(self) -> str:
        """The principals and external IDs of assumptions."""
        principals, labels = self._values("principal"), self._values("external_id")
        return f"{some(map(_readable, principals))} with external ID {some(labels)}"

    @property
    def what(self) -> str:
        """The claim in words, with the fields that distinguish the row from its neighbors."""
        claim = self.claims[0]
        if claim.group is Group.ASSUME:
            return self.who
        regions = some(self._values("region"))
        if claim.group is Group.INVOKE:
            return f"{': '.join(filter(None, (claim.model, claim.what)))} in {regions}"
        if self.holds:
            return claim.what
        if claim.external_id:
            return f"{claim.what}: {self.who}"
        columns = [self._values(column) for column in ("model", "profile", "guardrail", "action")]
        return f"{claim.what}: {', '.join(some(values) for values in columns if values)}, in {regions}"

    @property
    def reasons(self) -> tuple[str, ...]:
        return self._values("reason")

    @property
    def why(self) -> str:
        """The first reason and the number of others. For an expected denial, an explicit one comes first."""
        if self.holds and not self.claims[0].allowed:
            denials = (one.reason for one in self.claims if one.decided is Decision.EXPLICITLY_DENIED)
            return next(denials, "nothing allows it")
        more = len(self.reasons) - 1
        return self.reasons[0] + (f" (and {more} more such reasons)" if more else "")

    def _values(self, column: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for claim in self.claims if (value := getattr(claim, column))))


def rows(claims: Iterable[Claim]) -> list[Row]:
    """Group claims into rows, in the order of their first claims. Failed and unknown ones are merged less."""
    groups: dict[object, list[Claim]] = {}
    for claim in claims:
        groups.setdefault(_group_key(claim), []).append(claim)
    return [Row(tuple(group)) for group in groups.values()]


def count(claims: Sequence[Claim]) -> str:
    """Return the number of claims as `1 request` or `2 requests`."""
    return f"{len(claims)} request{'s' if len(claims) != 1 else ''}"


def some(values: Iterable[str]) -> str:
    """Return the first few of `values`, and the number of the others."""
    names = list(values)
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


def _readable(principal: str) -> str:
    try:
        arn = arns.parse(principal)
    except ValueError:
        return principal
    return f"{arn.resource} of account {arn.account}"


def _group_key(claim: Claim) -> object:
    if claim.group is Group.IMPOSSIBLE and claim.holds:
        return claim.group, claim.what
    who = (claim.principal, claim.external_id)
    return claim.group, claim.what, claim.decided, who, claim.model, claim.profile, claim.guardrail
