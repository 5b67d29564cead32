"""What the findings come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from port_byollm.cli.diagnose.finding import Fault, Hidden, Side
from port_byollm.cli.doctor.finding import Finding, Verdict

TEST = "test"
"""The subject of Port's own test of a connection."""

EXIT_STATUS: Mapping[Side | None, int] = {None: 0, Side.OURS: 1, Side.UNKNOWN: 3, Side.PORT: 4, Side.AWS: 5}
"""2 is what a wrong command line ends with."""


@dataclass(frozen=True)
class Diagnosis:
    """`findings` are in the order of a request's way; what is wrong first explains what is wrong after it."""

    findings: Sequence[Finding]

    @property
    def cause(self) -> Finding | None:
        """The first fault; where there is none, the first thing that should have been seen and was not."""
        faults = [finding for finding in self.findings if isinstance(finding, Fault)]
        missed = [] if self._is_tested else [one for one in self._unseen if not isinstance(one, Hidden)]
        return next(iter(faults or missed), None)

    @property
    def verdict(self) -> Side | None:
        """None where nothing is found."""
        if self.cause is None:
            return None
        return self.cause.side if isinstance(self.cause, Fault) else Side.UNKNOWN

    @property
    def summary(self) -> str:
        """The verdict, the evidence for it and the next step."""
        cause = self.cause
        if cause is not None:
            return f"{self.verdict}: {cause.subject}: {cause.found}\n-> {cause.next_step}"
        if self._is_tested:
            return "Nothing is found: Port has just called the models, which goes the whole way."
        unseen = "".join(f"{finding.subject} could not be seen, and " for finding in self._unseen)
        return (
            f"Nothing is found; {unseen}Port was not asked to call the models.\n-> run with --test for that"
        )

    @property
    def _unseen(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.verdict is Verdict.UNKNOWN]

    @property
    def _is_tested(self) -> bool:
        """Whether Port has just called the models: that goes the whole way, seen or not."""
        tests = [finding.verdict for finding in self.findings if finding.subject.startswith(TEST)]
        return bool(tests) and set(tests) == {Verdict.OK}

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "cause": self.cause.to_json() if self.cause else None,
            "findings": [finding.to_json() for finding in self.findings],
        }
