"""What the findings come to."""

import re
from pathlib import Path

import pytest

from port_byollm.cli.diagnose.diagnosis import EXIT_STATUS, Diagnosis
from port_byollm.cli.diagnose.finding import Hidden, Side, fault
from port_byollm.cli.doctor.finding import Finding, ok, unknown

PAGE = (Path(__file__).parents[3] / "docs/diagnose.md").read_text()
WELL, UNSEEN = ok("token", "is taken"), unknown("boundary", "cannot be seen", "ask")
OURS, AWS = fault(Side.OURS, "trust", "is closed", "open it"), fault(Side.AWS, "throttling", "7", "wait")
PASSED = ok("test of bedrock", "was called")
HIDDEN = Hidden(**vars(unknown("service control policies", "are hidden", "ask")))


@pytest.mark.parametrize(
    ("findings", "verdict", "cause"),
    [
        ([WELL], None, None),
        ([WELL, HIDDEN], None, None),
        ([HIDDEN, UNSEEN], Side.UNKNOWN, UNSEEN),
        ([WELL, UNSEEN], Side.UNKNOWN, UNSEEN),
        ([UNSEEN, AWS], Side.AWS, AWS),
        ([WELL, OURS, UNSEEN, AWS], Side.OURS, OURS),
        ([WELL, UNSEEN, PASSED], None, None),
        ([OURS, PASSED], Side.OURS, OURS),
        ([UNSEEN, PASSED, unknown("test of openai", "odd", "look")], Side.UNKNOWN, UNSEEN),
    ],
)
def test_the_first_fault_counts_and_else_what_cannot_be_seen(
    findings: list[Finding], verdict: Side | None, cause: Finding | None
) -> None:
    diagnosis = Diagnosis(findings)

    assert (diagnosis.verdict, diagnosis.cause) == (verdict, cause)


def test_the_summary_has_verdict_evidence_and_next_step() -> None:
    assert Diagnosis([OURS]).summary == "OURS: trust: is closed\n-> open it"
    assert Diagnosis([UNSEEN]).summary == "UNKNOWN: boundary: cannot be seen\n-> ask"
    assert Diagnosis([WELL, HIDDEN]).summary == (
        "No fault found; service control policies could not be seen, and Port was not asked to call the "
        "models.\n-> run with --test for that"
    )
    assert "--test" not in Diagnosis([WELL, HIDDEN, PASSED]).summary


def test_the_page_has_each_exit_status() -> None:
    table = re.findall(r"^\| (?:`([A-Z]+)`|none \(`null`\)) \| ([0-9]) \|", PAGE, re.MULTILINE)
    assert {Side(verdict) if verdict else None: int(status) for verdict, status in table} == EXIT_STATUS
