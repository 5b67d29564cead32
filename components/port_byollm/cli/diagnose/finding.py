"""The finding of a step, and the side a fault is on."""

from dataclasses import dataclass
from enum import StrEnum

from port_byollm.cli.doctor.finding import Finding, Verdict


class Side(StrEnum):
    OURS = "OURS"
    """The stack, its configuration or its credentials."""
    PORT = "PORT"
    AWS = "AWS"
    UNKNOWN = "UNKNOWN"
    """No fault was seen, but not everything could be checked."""


@dataclass(frozen=True)
class Fault(Finding):
    side: Side = Side.UNKNOWN

    def to_json(self) -> dict[str, str]:
        return super().to_json() | {"side": self.side}


class Hidden(Finding):
    """What nobody can see from here, so that not seeing it does not hint at a fault."""


def fault(side: Side, subject: str, found: str, next_step: str) -> Fault:
    return Fault(Verdict.PROBLEM, subject, found, next_step, side)
