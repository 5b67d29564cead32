"""What a step of the walk finds, and on whose side the fault lies."""

from dataclasses import dataclass
from enum import StrEnum

from port_byollm.cli.doctor.finding import Finding, Verdict


class Side(StrEnum):
    OURS = "OURS"
    """The stack, its configuration or its credentials."""
    PORT = "PORT"
    AWS = "AWS"
    UNKNOWN = "UNKNOWN"
    """No fault is seen, and not everything is."""


@dataclass(frozen=True)
class Fault(Finding):
    side: Side = Side.UNKNOWN

    def to_json(self) -> dict[str, str]:
        return super().to_json() | {"side": self.side}


class Hidden(Finding):
    """What nobody can see from there, however it is: not to see it points to no fault."""


def fault(side: Side, subject: str, found: str, next_step: str) -> Fault:
    return Fault(Verdict.PROBLEM, subject, found, next_step, side)
