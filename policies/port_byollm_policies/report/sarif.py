"""A report as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html).

`security-severity` is GitHub's property for sorting alerts ("SARIF support for code scanning").
"""

from typing import Any

from pulumi_policy import Severity

from port_byollm_policies.report.outcome import Finding, Outcome
from port_byollm_policies.report.place import Places
from port_byollm_policies.rule import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {
    Severity.CRITICAL: ("error", "9.5"),
    Severity.HIGH: ("error", "8.0"),
    Severity.MEDIUM: ("warning", "5.5"),
    Severity.LOW: ("note", "2.0"),
}
"""Severity -> SARIF's level and GitHub's `security-severity`."""


def sarif(outcome: Outcome, places: Places) -> dict[str, Any]:
    """Return the report as one run. Passed rules have no result: code scanning alerts on each."""
    names = sorted(outcome.passed | outcome.not_applicable.keys() | {one.rule for one in outcome.findings})
    run = {
        "tool": {"driver": {"name": "port-byollm", "rules": [_rule(one, outcome.rules) for one in names]}},
        # Each stack is an analysis of its own, so that it does not close another's alerts.
        "automationDetails": {"id": f"port-byollm/{outcome.stack}/"},
        "invocations": [
            {
                "executionSuccessful": not outcome.errors,
                "toolExecutionNotifications": [
                    {"level": "error", "message": {"text": error}} for error in outcome.errors
                ],
            }
        ],
        "results": [_result(one, names.index(one.rule), outcome, places) for one in outcome.findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(name: str, rules: dict[str, Rule]) -> dict[str, Any]:
    if name not in rules:
        return {"id": name}
    policy = rules[name].policy
    level, severity = _LEVELS[policy.severity or Severity.MEDIUM]
    return {
        "id": name,
        "shortDescription": {"text": policy.description},
        "help": {
            "text": f"{policy.remediation_steps} See {policy.url}",
            "markdown": f"{policy.remediation_steps} [Documentation]({policy.url})",
        },
        "helpUri": policy.url,
        "defaultConfiguration": {"level": level},
        "properties": {"security-severity": severity, "tags": ["security"]},
    }


def _result(finding: Finding, index: int, outcome: Outcome, places: Places) -> dict[str, Any]:
    rule = outcome.rules.get(finding.rule)
    place = places.of(finding, rule)
    level = _LEVELS[rule.policy.severity or Severity.MEDIUM][0] if rule else "warning"
    if not finding.is_mandatory and level == "error":
        level = "warning"  # it is advisory
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        # An undecided rule is not a failure, and so has no level (3.27.9, 3.27.10).
        **({"kind": "open", "level": "none"} if finding.is_unknown else {"kind": "fail", "level": level}),
        "message": {"text": f"{finding.resource}: {finding.text}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": place.path},
                    "region": {"startLine": place.line},
                },
                "logicalLocations": [{"fullyQualifiedName": finding.urn, "kind": "resource"}],
            }
        ],
    }
