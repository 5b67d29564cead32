"""The claims about a connection, each with what IAM decides."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from port_byollm.iam.evaluator import Decision
from port_byollm.proof.exemption import Exemption
from port_byollm.proof.subject import Subject


class Group(Enum):
    """What a claim is about; the values are headings."""

    ASSUME = "Who may assume the role"
    INVOKE = "What may be invoked"
    IMPOSSIBLE = "What must be impossible"


@dataclass(frozen=True)
class Claim:
    """One cell of the proof: a request, what must become of it, and what does.

    A column that a claim says nothing about is empty.
    """

    group: Group
    what: str
    """The claim in words, without the columns."""
    allowed: bool
    """What is expected: allowed, or denied (implicitly or explicitly)."""
    decided: Decision | None
    """None where it is unknown."""
    reason: str
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


@dataclass(frozen=True)
class Proof:
    """All claims about a connection, in the order in which they are told."""

    claims: tuple[Claim, ...]
    exemptions: tuple[Exemption, ...] = ()
    """One for each statement of an SCP or RCP that denies what is needed."""
    notes: tuple[str, ...] = ()
    """What is not part of the proof, in sentences."""

    @property
    def holds(self) -> bool | None:
        """False where any claim fails; else None where any is unknown."""
        return all_hold(claim.holds for claim in self.claims)


def all_hold(verdicts: Iterable[bool | None]) -> bool | None:
    """False beats None beats True."""
    found = set(verdicts)
    return False if False in found else None if None in found else True


def prove(subject: Subject) -> Proof:
    """Decide every claim about `subject`.

    Raises ConfigError for a model without a profile in the subject's geography that can be called in its region.
    """
    raise NotImplementedError
