"""One claim of a proof."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from port_byollm.iam.evaluator import Decision


class Group(Enum):
    """The part of the proof that a claim belongs to. The values are headings."""

    ASSUME = "Who may assume the role"
    INVOKE = "What may be invoked"
    IMPOSSIBLE = "What must be impossible"


@dataclass(frozen=True)
class Claim:
    """A request, the expected decision and the actual one. A field that does not apply is empty."""

    group: Group
    what: str
    """The claim in words, without the fields below."""
    allowed: bool
    """The expected decision: allowed, or denied (implicitly or explicitly)."""
    decided: Decision | None = None
    """The actual decision; None if it is unknown."""
    reason: str = ""
    """The deciding statement or the missing allow; or what is unknown, and why. Contains no secrets."""
    principal: str = ""
    external_id: str = ""
    """A label, never the value."""
    action: str = ""
    model: str = ""
    profile: str = ""
    region: str = ""
    """The value of `aws:RequestedRegion`."""
    resource: str = ""
    guardrail: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether decision and expectation agree; None if the decision is unknown."""
        return None if self.decided is None else (self.decided is Decision.ALLOWED) == self.allowed


def all_hold(verdicts: Iterable[bool | None]) -> bool | None:
    """Combine verdicts: False if any is False, else None if any is unknown."""
    distinct = set(verdicts)
    return False if False in distinct else None if None in distinct else True
