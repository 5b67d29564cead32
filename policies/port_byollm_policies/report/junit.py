"""A report as JUnit XML, which merge requests show: one test for each passed rule and each finding."""

from junitparser import Attr, Error, Failure, IntAttr, JUnitXml, Skipped, TestCase, TestSuite

from port_byollm_policies.report.outcome import Finding, Outcome
from port_byollm_policies.report.place import Places


class _Case(TestCase):
    """A test case with the two attributes that GitLab links to the code."""

    file = Attr()
    line = IntAttr()


def junit(outcome: Outcome, places: Places) -> str:
    """Return the report. Advisory and undecided findings count as skipped: they do not stop an update."""
    suite = TestSuite(f"port-byollm {outcome.stack}")
    for rule in sorted(outcome.passed):
        suite.add_testcase(_Case(rule, outcome.stack))
    for rule, reason in sorted(outcome.not_applicable.items()):
        if rule not in outcome.passed:
            suite.add_testcase(_case(rule, outcome, Skipped(reason)))
    for finding in outcome.findings:
        case = _case(f"{finding.rule}: {finding.resource}", outcome, _result(finding, outcome))
        place = places.of(finding, outcome.rules.get(finding.rule))
        case.file, case.line = place.path, place.line
        suite.add_testcase(case)
    for error in outcome.errors:
        suite.add_testcase(_case("preview", outcome, Error(error.splitlines()[0])))
    report = JUnitXml("port-byollm")
    report.add_testsuite(suite)
    text: bytes = report.tostring()  # type: ignore[no-untyped-call]  # junitparser has types in places only
    return f"{text.decode()}\n"


def _case(name: str, outcome: Outcome, result: Skipped | Failure | Error) -> _Case:
    case = _Case(name, outcome.stack)
    case.result = [result]
    return case


def _result(finding: Finding, outcome: Outcome) -> Skipped | Failure:
    if not finding.is_mandatory:
        return Skipped(finding.text if finding.is_unknown else f"advice: {finding.text}")
    failure = Failure(finding.text)
    if rule := outcome.rules.get(finding.rule):
        failure.text = rule.message(finding.text.splitlines())
    return failure
