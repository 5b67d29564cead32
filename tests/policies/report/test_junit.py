"""JUnit, as junitparser reads it."""

from collections.abc import Mapping

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from port_byollm_policies.report.junit import junit
from port_byollm_policies.report.outcome import Outcome, read
from port_byollm_policies.report.place import Places

Cases = Mapping[str, TestCase]


def suite_of(text: str) -> TestSuite:
    [suite] = JUnitXml.fromstring(text)
    return suite


@pytest.fixture
def suite(outcome: Outcome, places: Places) -> TestSuite:
    return suite_of(junit(outcome, places))


@pytest.fixture
def cases(suite: TestSuite) -> Cases:
    return {case.name: case for case in suite}


def test_each_rule_that_holds_and_each_finding_is_a_test(suite: TestSuite, cases: Cases) -> None:
    assert (suite.tests, suite.failures, suite.skipped, suite.errors) == (7, 2, 3, 0)
    assert {name for name, case in cases.items() if case.is_passed} == {
        "no-access-keys",
        "nothing-else-attached",
    }


def test_failure_says_what_and_where_and_the_way_out(cases: Cases) -> None:
    case = cases["models-named: aws:iam/policy:Policy by-hand"]
    [failure] = case.result

    assert isinstance(failure, Failure)
    assert failure.message == "policy: permits one thing\npolicy: permits <another>"
    assert "\nRemediation: Name each model" in str(failure.text)
    # Attributes of GitLab's own, which junitparser does not know.
    assert case._elem.get("file") == "infra/program/__main__.py"
    assert case._elem.get("line") == "7"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("models-not-legacy: aws:iam/policy:Policy by-hand", "advice: policy: permits an old model"),
        (
            "document-valid: aws:iam/policy:Policy by-hand",
            "cannot be decided before an update: string value at .policy can't be known during preview",
        ),
        ("models-allowed", "checks nothing without `models`"),
    ],
)
def test_what_stops_nothing_is_skipped(cases: Cases, name: str, message: str) -> None:
    [skipped] = cases[name].result

    assert isinstance(skipped, Skipped)
    assert skipped.message == message


def test_preview_that_failed_is_an_error(places: Places) -> None:
    failed = read("prod", [{"diagnosticEvent": {"severity": "error", "message": "no\nand why"}}])

    [case] = suite_of(junit(failed, places))

    [error] = case.result
    assert isinstance(error, Error)
    assert error.message == "no"
