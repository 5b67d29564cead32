"""The diagnosis that the findings add up to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from port_byollm.cli.diagnose.finding import Fault, Hidden, Side
from port_byollm.cli.doctor.finding import Finding, Verdict

TEST = "test"
"""The subject of Port's own test of a connection."""

EXIT_STATUS: Mapping[Side | None, int] = {None: 0, Side.OURS: 1, Side.UNKNOWN: 3, Side.PORT: 4, Side.AWS: 5}
"""2 is taken: click exits with it for a wrong command line."""


@dataclass(frozen=True)
class Diagnosis:
    """`findings` are in the order of a request's path: the first fault explains those after it."""

    findings: Sequence[Finding]

    @property
    def cause(self) -> Finding | None:
        """The first fault; without one, the first check that was not possible and could have shown one."""
        faults = [finding for finding in self.findings if isinstance(finding, Fault)]
        missed = [] if self._is_tested else [each for each in self._unseen if not isinstance(each, Hidden)]
        return next(iter(faults or missed), None)

    @property
    def verdict(self) -> Side | None:
        """None if no fault is found."""
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
            return "No fault found: Port has just called the models, which tests the whole path."
        unseen = "".join(f"{finding.subject} could not be seen, and " for finding in self._unseen)
        return f"No fault found; {unseen}Port was not asked to call the models.\n-> run with --test for that"

    @property
    def _unseen(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.verdict is Verdict.UNKNOWN]

    @property
    def _is_tested(self) -> bool:
        """Whether Port has just called the models, which tests the whole path, seen or not."""
        tests = [finding.verdict for finding in self.findings if finding.subject.startswith(TEST)]
        return bool(tests) and set(tests) == {Verdict.OK}

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "cause": self.cause.to_json() if self.cause else None,
            "findings": [finding.to_json() for finding in self.findings],
        }
