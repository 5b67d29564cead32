"""What the findings come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from port_byollm.cli.diagnose.finding import Fault, Side
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
        """The first fault; where there is none, the first thing that could not be seen and matters."""
        faults = [finding for finding in self.findings if isinstance(finding, Fault)]
        unseen = [finding for finding in self.findings if finding.verdict is Verdict.UNKNOWN]
        return next(iter(faults or ([] if self._is_tested else unseen)), None)

    @property
    def verdict(self) -> Side | None:
        """None where all is well."""
        if self.cause is None:
            return None
        return self.cause.side if isinstance(self.cause, Fault) else Side.UNKNOWN

    @property
    def summary(self) -> str:
        """The verdict, the evidence for it and the next step."""
        cause = self.cause
        if cause is None:
            return "All is well, as far as a request's way can be seen."
        return f"{self.verdict}: {cause.subject}: {cause.found}\n-> {cause.next_step}"

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
