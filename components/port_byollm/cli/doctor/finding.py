"""The result of a check."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OK = "OK"
    PROBLEM = "PROBLEM"
    """It makes an update, or a request afterwards, fail."""
    UNKNOWN = "UNKNOWN"
    """These credentials cannot see it, or nobody can from here."""


@dataclass(frozen=True)
class Finding:
    """`subject` is what was checked, `found` a sentence about it, `next_step` what to do (empty if OK)."""

    verdict: Verdict
    subject: str
    found: str
    next_step: str = ""

    def to_json(self) -> dict[str, str]:
        step = {"nextStep": self.next_step} if self.next_step else {}
        return {"verdict": self.verdict, "subject": self.subject, "found": self.found} | step


def ok(subject: str, found: str) -> Finding:
    return Finding(Verdict.OK, subject, found)


def problem(subject: str, found: str, next_step: str) -> Finding:
    return Finding(Verdict.PROBLEM, subject, found, next_step)


def unknown(subject: str, found: str, next_step: str) -> Finding:
    return Finding(Verdict.UNKNOWN, subject, found, next_step)
