"""What the engine's events say about the rules."""

import pytest

from port_byollm_policies.report.outcome import Finding, Outcome, read

from .conftest import BY_HAND, EVENTS, OURS, violation


def test_findings_are_told_without_the_rules_own_words(outcome: Outcome) -> None:
    assert outcome.findings[:2] == [
        Finding("session-duration-limited", OURS, True, False, "maxSessionDuration: is long"),
        Finding("models-named", BY_HAND, True, False, "policy: permits one thing\npolicy: permits <another>"),
    ]
    assert outcome.findings[1].resource == "aws:iam/policy:Policy by-hand"


def test_rule_that_could_not_run_is_unknown_and_stops_nothing(outcome: Outcome) -> None:
    [unknown] = [finding for finding in outcome.findings if finding.is_unknown]

    assert unknown == Finding(
        "document-valid",
        BY_HAND,
        False,
        True,
        "cannot be decided before an update: string value at .policy can't be known during preview",
    )
    assert read("prod", [EVENTS[3]]).holds


def test_rule_passes_only_if_it_holds_everywhere(outcome: Outcome) -> None:
    assert outcome.passed == {"no-access-keys", "nothing-else-attached"}
    assert outcome.not_applicable == {"models-allowed": "checks nothing without `models`"}


def test_mandatory_rules_decide(outcome: Outcome) -> None:
    assert outcome.broken == ["models-named", "session-duration-limited"]
    assert not outcome.holds
    assert read("prod", [EVENTS[2]]).holds


def test_error_of_the_program_is_told_and_that_of_the_rules_is_not(outcome: Outcome) -> None:
    assert outcome.errors == []

    failed = read("prod", [{"diagnosticEvent": {"severity": "error", "message": "byollm:bedrock: no\n"}}])

    assert failed.errors == ["byollm:bedrock: no"]
    assert not failed.holds


def test_violation_that_is_told_twice_counts_once() -> None:
    assert len(read("prod", [EVENTS[0], EVENTS[0]]).findings) == 1


@pytest.mark.parametrize("message", ["one line", "one line\nand another"])
def test_rule_of_another_pack_keeps_its_message(message: str) -> None:
    [finding] = read("prod", [violation("elses", BY_HAND, message)]).findings

    assert finding.text == message
