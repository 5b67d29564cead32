"""Every rule: a document that IAM refuses is told by one, and none passes what is too much to try out."""

import json
from contextlib import suppress
from typing import Any

import pytest
from pulumi_policy import ResourceValidationPolicy, StackValidationArgs, StackValidationPolicy
from pulumi_policy.policy import _NotApplicableError  # has no public name

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm_policies import policies

from .conftest import Json, allowing, make_args, make_resource, managed, role, trust_policy

POLICY, ROLE = "aws:iam/policy:Policy", "aws:iam/role:Role"
SETTINGS: Json = {"models": ["gpt-5"], "residency": "eu"}
REFUSED = "{not JSON"
CONDITION = {"StringEquals": {f"aws:PrincipalTag/{name}": ["a", "b", "c"] for name in "abcdefgh"}}
"""Which can hold in 5 to the 8th ways."""


def told(*resources: tuple[str, Json]) -> dict[str, str]:
    """What each rule says, if anything, about resources by type and properties."""
    found: dict[str, str] = {}
    for policy in policies():

        def report(message: str, urn: str | None = None, rule: str = policy.name) -> None:
            found[rule] = message

        if isinstance(policy, StackValidationPolicy):
            stack = [
                make_resource(kind, str(number), props) for number, (kind, props) in enumerate(resources)
            ]
            policy.validate(StackValidationArgs(stack, {}), report)
        else:
            assert isinstance(policy, ResourceValidationPolicy)
            settings = {name: SETTINGS[name] for name in SETTINGS if _knows(policy, name)}
            for kind, props in resources:
                with suppress(_NotApplicableError):
                    policy.validate(make_args(kind, props, settings=settings), report)
    return found


def _knows(policy: ResourceValidationPolicy, setting: str) -> bool:
    return policy.config_schema is not None and setting in policy.config_schema.properties


def inline(document: Any) -> Json:
    trust = trust_policy(principals=[GATEWAY_PRINCIPALS["eu"]])
    return role(trust, inlinePolicies=[{"name": "more", "policy": document}], permissionsBoundary="arn:of:it")


@pytest.mark.parametrize(
    ("kind", "props"),
    [(POLICY, {"policy": REFUSED}), (ROLE, inline(REFUSED)), (ROLE, role() | {"assumeRolePolicy": REFUSED})],
    ids=["policy", "inline", "trust"],
)
def test_what_iam_refuses_is_told_by_one_rule(kind: str, props: Json) -> None:
    found = told((kind, props))

    assert [*found] == ["document-valid"]
    assert "IAM refuses it: the document: is not JSON" in found["document-valid"]


def test_what_is_too_much_to_try_out_is_valid_and_passes_no_rule_about_what_it_permits() -> None:
    wide = allowing("bedrock:InvokeModel", "*", **CONDITION)
    trust = trust_policy()
    trust["Statement"][0]["Condition"] |= {"StringLike": CONDITION["StringEquals"]}

    found = told((POLICY, managed(wide)), (ROLE, inline(json.dumps(wide))), (ROLE, role(trust)))

    said = {rule for rule, message in found.items() if "too many to try" in message}
    assert said == {
        "destinations-complete",
        "gateway-within-residency",
        "guardrail-enforced",
        "guardrail-permission-on-guardrail",
        "models-allowed",
        "models-named",
        "models-not-legacy",
        "models-not-past-end-of-life",
        "models-within-residency",
        "nothing-else-attached",
        "only-inference-actions",
        "trust-only-gateway",
        "trust-requires-external-id",
    }
    assert "document-valid" not in found
