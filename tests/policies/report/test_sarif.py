"""SARIF, as far as we write it: held to the specification's own words by a schema of that part."""

import json
from typing import Any

import pytest
from tests.schema import validate

from port_byollm_policies.report.outcome import Outcome, read
from port_byollm_policies.report.place import Places
from port_byollm_policies.report.sarif import sarif

from .conftest import EVENTS


def an_object(required: str = "", optional: str = "", /, **properties: Any) -> dict[str, Any]:
    names = {*required.split(), *optional.split()}
    assert names == properties.keys()
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


def a_list(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


TEXT = {"type": "string", "minLength": 1}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
MESSAGE = an_object("text", "markdown", text=TEXT, markdown=TEXT)
# https://docs.oasis-open.org/sarif/sarif/v2.1.0/: 3.49 reportingDescriptor
RULE = an_object(
    "id",
    "shortDescription help helpUri defaultConfiguration properties",
    id=TEXT,
    shortDescription=MESSAGE,
    help=MESSAGE,
    helpUri={"type": "string", "format": "uri"},
    defaultConfiguration=an_object("level", level=LEVEL),
    properties={"type": "object", "properties": {"tags": a_list(TEXT) | {"uniqueItems": True}}},
)
# 3.28 location, 3.29 physicalLocation, 3.30 region, 3.33 logicalLocation
LOCATION = an_object(
    "physicalLocation logicalLocations",
    physicalLocation=an_object(
        "artifactLocation region",
        artifactLocation=an_object("uri", uri={"type": "string", "format": "uri-reference"}),
        region=an_object("startLine", startLine={"type": "integer", "minimum": 1}),
    ),
    logicalLocations=a_list(an_object("fullyQualifiedName kind", fullyQualifiedName=TEXT, kind=TEXT)),
)
# 3.27 result; 3.27.10: a level other than none goes with fail alone
RESULT = an_object(
    "ruleId ruleIndex kind level message locations",
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    kind={"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
    level=LEVEL,
    message=MESSAGE,
    locations=a_list(LOCATION),
) | {
    "if": {"properties": {"kind": {"const": "fail"}}},
    "else": {"properties": {"level": {"const": "none"}}},
}
# 3.20 invocation, 3.58 notification
INVOCATION = an_object(
    "executionSuccessful toolExecutionNotifications",
    executionSuccessful={"type": "boolean"},
    toolExecutionNotifications=a_list(an_object("level message", level=LEVEL, message=MESSAGE)),
)
# 3.13 sarifLog, 3.14 run, 3.17 runAutomationDetails, 3.18 tool, 3.19 toolComponent
LOG = an_object(
    "$schema version runs",
    **{
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": a_list(
            an_object(
                "tool automationDetails invocations results",
                tool=an_object("driver", driver=an_object("name rules", name=TEXT, rules=a_list(RULE))),
                automationDetails=an_object("id", id=TEXT),
                invocations=a_list(INVOCATION),
                results=a_list(RESULT),
            )
        ),
    },
)


@pytest.fixture
def run(outcome: Outcome, places: Places) -> dict[str, Any]:
    log = json.loads(json.dumps(sarif(outcome, places)))
    validate(log, LOG)
    [run] = log["runs"]
    return dict(run)


def test_each_finding_is_a_result_of_its_rule(run: dict[str, Any]) -> None:
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]

    assert [(one["ruleId"], one["kind"], one["level"]) for one in run["results"]] == [
        ("session-duration-limited", "fail", "warning"),
        ("models-named", "fail", "error"),
        ("models-not-legacy", "fail", "note"),
        ("document-valid", "open", "none"),
    ]
    assert [rules[one["ruleIndex"]] for one in run["results"]] == [one["ruleId"] for one in run["results"]]


def test_result_says_what_and_where(run: dict[str, Any]) -> None:
    result = run["results"][1]
    [location] = result["locations"]

    assert result["message"]["text"] == (
        "aws:iam/policy:Policy by-hand: policy: permits one thing\npolicy: permits <another>"
    )
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "infra/program/__main__.py"},
        "region": {"startLine": 7},
    }


def test_rules_carry_their_words_and_those_that_hold_are_there_too(run: dict[str, Any]) -> None:
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}

    assert rules.keys() == {result["ruleId"] for result in run["results"]} | {
        "models-allowed",
        "no-access-keys",
        "nothing-else-attached",
    }
    assert rules["no-access-keys"]["help"]["text"].startswith("Use a role with an external ID; ")
    assert rules["no-access-keys"]["properties"]["security-severity"] == "8.0"
    assert run["automationDetails"]["id"] == "port-byollm/prod/"


def test_advice_is_no_error(places: Places) -> None:
    event = EVENTS[1]["policyEvent"] | {"enforcementLevel": "advisory"}

    [result] = sarif(read("dev", [{"policyEvent": event}]), places)["runs"][0]["results"]

    assert result["level"] == "warning"


def test_preview_that_failed_is_told(places: Places) -> None:
    failed = read("prod", [{"diagnosticEvent": {"severity": "error", "message": "no"}}])

    log = sarif(failed, places)

    validate(log, LOG)
    assert log["runs"][0]["invocations"] == [
        {
            "executionSuccessful": False,
            "toolExecutionNotifications": [{"level": "error", "message": {"text": "no"}}],
        }
    ]


def test_rule_of_another_pack_has_its_name_only(places: Places) -> None:
    event = EVENTS[1]["policyEvent"] | {"policyName": "elses"}

    log = sarif(read("prod", [{"policyEvent": event}]), places)

    validate(log, LOG)
    assert log["runs"][0]["tool"]["driver"]["rules"] == [{"id": "elses"}]
