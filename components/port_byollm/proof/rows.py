"""Claims that read alike, told in one row."""

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
    """At least one claim; those of a row hold alike."""

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
        """Principals and external IDs, of an assumption."""
        principals, labels = self._values("principal"), self._values("external_id")
        return f"{some(map(_readable, principals))} with external ID {some(labels)}"

    @property
    def what(self) -> str:
        """The claim in words, and what of the columns tells it from its neighbours."""
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
        told = [self._values(column) for column in ("model", "profile", "guardrail", "action")]
        return f"{claim.what}: {', '.join(some(values) for values in told if values)}, in {regions}"

    @property
    def reasons(self) -> tuple[str, ...]:
        return self._values("reason")

    @property
    def why(self) -> str:
        """The first reason, and how many more there are; of what is denied as it must be, what denies it."""
        if self.holds and not self.claims[0].allowed:
            denials = (one.reason for one in self.claims if one.decided is Decision.EXPLICITLY_DENIED)
            return next(denials, "nothing allows it")
        more = len(self.reasons) - 1
        return self.reasons[0] + (f" (and {more} more such reasons)" if more else "")

    def _values(self, column: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for claim in self.claims if (value := getattr(claim, column))))


def rows(claims: Iterable[Claim]) -> list[Row]:
    """In the order of their first claims. What fails or is unknown is told apart more closely."""
    found: dict[object, list[Claim]] = {}
    for claim in claims:
        found.setdefault(_likeness(claim), []).append(claim)
    return [Row(tuple(alike)) for alike in found.values()]


def count(claims: Sequence[Claim]) -> str:
    """How many requests were decided."""
    return f"{len(claims)} request{'s' if len(claims) != 1 else ''}"


def some(values: Iterable[str]) -> str:
    """The first few of `values`, and how many more there are."""
    listed = list(values)
    more = f" and {len(listed) - _MOST} more" if len(listed) > _MOST else ""
    return ", ".join(listed[:_MOST]) + more


def _readable(principal: str) -> str:
    try:
        arn = arns.parse(principal)
    except ValueError:
        return principal
    return f"{arn.resource} of account {arn.account}"


def _likeness(claim: Claim) -> object:
    if claim.group is Group.IMPOSSIBLE and claim.holds:
        return claim.group, claim.what
    who = (claim.principal, claim.external_id)
    return claim.group, claim.what, claim.decided, who, claim.model, claim.profile, claim.guardrail
