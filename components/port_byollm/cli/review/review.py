"""What a review comes to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from port_byollm.cli.review.changes import Change
from port_byollm.cli.verify.report import EXIT_STATUS
from port_byollm.proof import Proof

if TYPE_CHECKING:
    from port_byollm_policies.report.outcome import Outcome

NO_CHANGE = "Nobody may do anything that they may not do already, and nothing less."
_UNTOUCHED = ("same", "read")


@dataclass(frozen=True)
class Review:
    stack: str
    changes: Sequence[Change]
    proof: Proof | None
    """None where no Bedrock would be connected."""
    rules: "Outcome"
    """Of a preview without errors."""
    steps: Sequence[Mapping[str, Any]]
    """As `pulumi preview --json` has them."""

    @property
    def exit_status(self) -> int:
        if not self.rules.holds:
            return EXIT_STATUS[False]
        return EXIT_STATUS[True if self.proof is None else self.proof.holds]

    @property
    def verdicts(self) -> Iterator[str]:
        """The proof and the rules, in a sentence each."""
        yield (self.proof.summary if self.proof else "No Bedrock would be connected: nothing to prove.")
        broken, advised = self.rules.broken, {one.rule for one in self.rules.findings} - {*self.rules.broken}
        said = f"{len(self.rules.passed)} rules hold"
        said += f", ADVISED AGAINST by {', '.join(sorted(advised))}" if advised else ""
        yield said + (f", and BROKEN are {', '.join(broken)}." if broken else ".")

    @property
    def operations(self) -> dict[str, list[str]]:
        """URNs by what the update would do with them, without those that it leaves alone."""
        found: dict[str, list[str]] = {}
        for step in self.steps:
            if step["op"] not in _UNTOUCHED:
                found.setdefault(step["op"], []).append(step["urn"])
        return dict(sorted(found.items()))


def signed(change: Change) -> Iterator[str]:
    """The lines of a change; `+` is gained, `-` lost, `!` neither."""
    found = change.difference
    for sign, phrases in (("+", found.gained), ("-", found.lost), ("!", found.others)):
        for phrase in phrases:
            yield f"{sign} {printable(phrase)}"


def printable(text: str) -> str:
    """Names are other people's: a line stays a line, and a terminal is not told what to do."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
