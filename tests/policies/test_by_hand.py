"""Every rule on the real engine, over the resources of `by_hand.py`."""

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.project import PROJECT

from port_byollm_policies import policies

from .conftest import EXTERNAL_ID
from .previews import Preview, environment, preview

__all__ = ["environment"]  # a fixture

PACK = """
import os
from datetime import date
from pulumi_policy import EnforcementLevel, PolicyPack
from port_byollm_policies import lifecycle, policies

lifecycle.today = lambda: date.fromisoformat(os.environ["TODAY"])
PolicyPack("port-byollm", policies(), enforcement_level=EnforcementLevel.MANDATORY)
"""
ACCOUNT, GUESSED = "333344445555", "acme-production-2026"
GUARDRAIL = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:guardrail/gr7ac3dm1n0x"
SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"
OLD = "claude-sonnet-4-20250514"
LEGACY, PAST_END_OF_LIFE = "2026-05-01", "2026-11-01"  # days of that model
CONFIGURATION = {
    "all": "mandatory",
    "models-allowed": {"models": ["claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001", OLD]},
    "models-within-residency": {"residency": "eu"},
    "gateway-within-residency": {"residency": "eu"},
    "port-within-residency": {"residency": "eu"},
    "guardrail-enforced": {"guardrails": [GUARDRAIL]},
}
PROFILE = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:inference-profile/eu.{SONNET}"
OTHER_GATEWAY = "arn:aws:iam::185657066287:role/port-ai-bring-your-own-llm-us-east-1"
SUCCESSOR = "use claude-sonnet-4-5-20250929"
FOUND = {
    "connection-validated": "validateConnection: is false, so Port saves a connection even if it does not "
    "work",
    "default-provider-own": "onRemoval: is system-default, so a removal sends prompts to Port's managed "
    "models",
    "destinations-complete": f"permits {PROFILE} but not its model in eu-central-1, eu-north-1, eu-south-1 "
    "and 3 more: IAM denies requests routed there",
    "document-valid": "policy: has 7733 characters without white space, but IAM accepts 6144",
    "gateway-within-residency": f"assumeRolePolicy: admits {OTHER_GATEWAY}, Port's gateway in us, but the "
    "residency requires eu",
    "guardrail-enforced": "policy: permits invoking models without a guardrail",
    "guardrail-permission-on-guardrail": "policy: permits bedrock:ApplyGuardrail only on resources other "
    "than guardrails, which has no effect",
    "models-allowed": "policy: permits anthropic.claude-opus-4-5-20251101-v1:0, not on the allow list",
    "models-named": "policy: permits invoking any foundation-model that matches a pattern, even if it does "
    "not exist yet",
    "models-not-legacy": f"policy: permits {OLD}, which has been Legacy since 2026-04-14 and is closed to "
    f"new users; {SUCCESSOR}",
    "models-not-past-end-of-life": f"policy: permits {OLD}, which reached its end of life on 2026-10-14 and "
    f"no longer answers; {SUCCESSOR}",
    "models-within-residency": "policy: permits invoking models in us-east-1, outside eu",
    "no-access-keys": "is an access key, which never expires",
    "nothing-else-attached": "has arn:aws:iam::aws:policy/AdministratorAccess, whose permissions the stack "
    "does not define",
    "only-inference-actions": "policy: permits more than inference: iam:PassRole",
    "permissions-boundary-required": "permissionsBoundary: missing",
    "port-within-residency": "config.region: is us-east-1, outside eu",
    "session-duration-limited": "maxSessionDuration: is 43200 seconds, but at most 3600 are accepted",
    "trust-only-gateway": "assumeRolePolicy: admits every principal that account 444455556666 permits to "
    "assume it",
    "trust-requires-external-id": "assumeRolePolicy: accepts 1 external IDs, of which 1 can have at most 104 "
    "bits of entropy, but 128 are required",
}
"""Rule -> the problem with the resource of its name."""
READERS = {
    "document-valid",
    "guardrail-enforced",
    "guardrail-permission-on-guardrail",
    "models-allowed",
    "models-named",
    "models-not-legacy",
    "models-not-past-end-of-life",
    "models-within-residency",
    "only-inference-actions",
}
"""Rules that read every identity policy."""

On = Callable[[str], Preview]


@pytest.fixture(scope="module")
def on(environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> On:
    """The preview on a day, which is made once."""
    project = tmp_path_factory.mktemp("hand")

    def write(path: str, content: Mapping[str, Any]) -> None:
        project.joinpath(path).write_text(json.dumps(content))  # which is YAML too

    pack = project / "pack"
    pack.mkdir()
    runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
    plugin: dict[str, Any] = {"name": "port-byollm", "path": str(PROJECT / "components/port_byollm/plugin")}
    write("Pulumi.yaml", {"name": "hand", "runtime": runtime, "plugins": {"providers": [plugin]}})
    settings = {"aws:region": "eu-west-1", "port-byollm:baseUrl": "https://api.port.io"}
    write("Pulumi.prod.yaml", {"config": settings})
    shutil.copy(Path(__file__).with_name("by_hand.py"), project / "__main__.py")
    write("pack/PulumiPolicy.yaml", {"runtime": runtime, "version": "0.1.0"})
    project.joinpath("pack/__main__.py").write_text(PACK)
    write("pack/config.json", CONFIGURATION)

    @cache
    def on(day: str) -> Preview:
        return preview(project, "prod", {**environment, "TODAY": day}, pack / "config.json", pack)

    return on


def test_every_rule_is_here() -> None:
    assert sorted(FOUND) == sorted(policy.name for policy in policies())


@pytest.mark.parametrize("rule", FOUND)
def test_what_is_bad_in_one_way_is_found_by_one_rule(on: On, rule: str) -> None:
    day = PAST_END_OF_LIFE if rule == "models-not-past-end-of-life" else LEGACY
    [policy] = [policy for policy in policies() if policy.name == rule]

    [violation] = [violation for violation in on(day).violations if violation.resource == rule]

    assert violation.rule == rule
    assert violation.level == "mandatory"
    assert violation.message.splitlines() == [
        policy.description,
        FOUND[rule],
        f"Remediation: {policy.remediation_steps}",
        f"See {policy.url}",
    ]


def test_good_resources_pass(on: On) -> None:
    assert {violation.resource for violation in on(LEGACY).violations} == {
        *FOUND,
        "undecidable",
        "unknown",
        "hand-prod",  # the stack, of which not all is known
    }
    assert on(LEGACY).stopped


def test_document_that_iam_refuses_is_told_once_and_stops_the_preview(on: On) -> None:
    [found] = [violation for violation in on(LEGACY).violations if violation.resource == "undecidable"]

    assert (found.rule, found.level) == ("document-valid", "mandatory")
    assert "operator 'StringEqual' does not exist" in found.message


def test_document_that_cannot_be_known_yet_passes_no_rule_that_reads_it(on: On) -> None:
    found = {one.rule: one.message for one in on(LEGACY).violations if one.resource == "unknown"}

    assert found.keys() == READERS
    assert all(message.startswith("can't run policy") for message in found.values())


def test_no_external_id_is_quoted(on: On) -> None:
    said = on(LEGACY).said

    assert "See https://" in said
    assert EXTERNAL_ID not in said
    assert GUESSED not in said
