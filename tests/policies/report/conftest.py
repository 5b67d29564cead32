"""An outcome with one of everything, as the engine's events tell it."""

from pathlib import Path
from typing import Any

import pytest

from port_byollm_policies import all_rules
from port_byollm_policies.report.outcome import Outcome, read
from port_byollm_policies.report.place import Places

RULES = {rule.name: rule for rule in all_rules()}
OURS = "urn:pulumi:prod::byollm::port-byollm:index:GatewayRole$aws:iam/role:Role::bedrock"
BY_HAND = "urn:pulumi:prod::byollm::aws:iam/policy:Policy::by-hand"
CONFIGURATION = """\
config:
  aws:region: eu-west-1
  byollm:bedrock:
    geography: eu
    role: {permissionsBoundary: a}
"""


def violation(rule: str, urn: str, *problems: str, level: str = "mandatory") -> dict[str, Any]:
    known = RULES.get(rule)
    message = "\n".join([known.description, known.message(problems)] if known else problems)
    event = {"policyName": rule, "resourceUrn": urn, "enforcementLevel": level, "message": f"{message}\n"}
    return {"policyEvent": event}


EVENTS: list[dict[str, Any]] = [
    violation("session-duration-limited", OURS, "maxSessionDuration: is long"),
    violation("models-named", BY_HAND, "policy: permits one thing", "policy: permits <another>"),
    violation("models-not-legacy", BY_HAND, "policy: permits an old model", level="advisory"),
    {
        "policyEvent": {
            "policyName": "document-valid",
            "resourceUrn": BY_HAND,
            "enforcementLevel": "advisory",
            "message": "can't run policy 'document-valid' from policy pack 'p@v1' during preview: "
            "string value at .policy can't be known during preview",
        }
    },
    {
        "policyAnalyzeSummaryEvent": {
            "resourceUrn": BY_HAND,
            "passed": ["no-access-keys", "session-duration-limited"],
            "failed": ["models-named"],
            "notApplicable": [{"policyName": "models-allowed", "reason": "checks nothing without `models`"}],
        }
    },
    {"policyAnalyzeStackSummaryEvent": {"passed": ["nothing-else-attached"]}},
    {"diagnosticEvent": {"severity": "warning", "message": "mind the gap"}},
    {"diagnosticEvent": {"severity": "error", "message": "preview failed\n"}},
]


@pytest.fixture
def outcome() -> Outcome:
    return read("prod", EVENTS)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    tmp_path.joinpath(".git").mkdir()
    project = tmp_path / "infra"
    project.mkdir()
    configuration = project / "Pulumi.prod.yaml"
    configuration.write_text(CONFIGURATION)
    frames = [
        {"sourcePosition": "project:///../.venv/lib/python3.11/site-packages/port_byollm/openai.py#20"},
        {"sourcePosition": "project:///program/__main__.py#7"},
    ]
    return Places(project, configuration, [{"urn": BY_HAND, "stackTrace": frames}])
