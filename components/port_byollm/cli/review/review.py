"""The result of a review."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from port_byollm.cli.review.changes import Change
from port_byollm.cli.verify.report import EXIT_STATUS
from port_byollm.proof import Proof

if TYPE_CHECKING:
    from port_byollm_policies.report.outcome import Outcome

NO_CHANGE = "Nobody's permissions change."
_UNTOUCHED = ("same", "read")


@dataclass(frozen=True)
class Review:
    stack: str
    changes: Sequence[Change]
    proof: Proof | None
    """None if the update would not connect Bedrock."""
    rules: "Outcome"
    """From a preview without errors."""
    steps: Sequence[Mapping[str, Any]]
    """As in `pulumi preview --json`."""

    @property
    def exit_status(self) -> int:
        if not self.rules.holds:
            return EXIT_STATUS[False]
        return EXIT_STATUS[True if self.proof is None else self.proof.holds]

    @property
    def verdicts(self) -> Iterator[str]:
        """A sentence about the proof and one about the rules."""
        yield (
            self.proof.summary if self.proof else "The update would not connect Bedrock: nothing to prove."
        )
        broken = self.rules.broken
        advised = {finding.rule for finding in self.rules.findings} - {*broken}
        sentence = f"{len(self.rules.passed)} rules hold"
        sentence += f", ADVISED AGAINST by {', '.join(sorted(advised))}" if advised else ""
        yield sentence + (f", and BROKEN are {', '.join(broken)}." if broken else ".")

    @property
    def operations(self) -> dict[str, list[str]]:
        """Operation -> URNs of the resources that the update would apply it to, without unchanged ones."""
        found: dict[str, list[str]] = {}
        for step in self.steps:
            if step["op"] not in _UNTOUCHED:
                found.setdefault(step["op"], []).append(step["urn"])
        return dict(sorted(found.items()))


def signed(change: Change) -> Iterator[str]:
    """Yield the lines of a change: `+` for gained, `-` for lost, `!` for anything else."""
    difference = change.difference
    for sign, phrases in (("+", difference.gained), ("-", difference.lost), ("!", difference.others)):
        for phrase in phrases:
            yield f"{sign} {printable(phrase)}"


def printable(text: str) -> str:
    """Replace what is not printable: a name from elsewhere could break lines or control the terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
