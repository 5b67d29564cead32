"""One cell of a proof."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from port_byollm.iam.evaluator import Decision


class Group(Enum):
    """What a claim is about; the values are headings."""

    ASSUME = "Who may assume the role"
    INVOKE = "What may be invoked"
    IMPOSSIBLE = "What must be impossible"


@dataclass(frozen=True)
class Claim:
    """A request, what must become of it, and what does.

    A column that a claim says nothing about is empty.
    """

    group: Group
    what: str
    """The claim in words, without the columns."""
    allowed: bool
    """What is expected: allowed, or denied (implicitly or explicitly)."""
    decided: Decision | None = None
    """None where it is unknown."""
    reason: str = ""
    """The statement that decided or the allow that is missing; what is unknown, and why. Holds no secret."""
    principal: str = ""
    external_id: str = ""
    """A label, never the value."""
    action: str = ""
    model: str = ""
    profile: str = ""
    region: str = ""
    """As `aws:RequestedRegion` has it."""
    resource: str = ""
    guardrail: str = ""

    @property
    def holds(self) -> bool | None:
        """None where it is unknown."""
        return None if self.decided is None else (self.decided is Decision.ALLOWED) == self.allowed


def all_hold(verdicts: Iterable[bool | None]) -> bool | None:
    """False beats None beats True."""
    found = set(verdicts)
    return False if False in found else None if None in found else True
