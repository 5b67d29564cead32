"""Every rule: what cannot be known yet is said so, and what is known is judged all the same."""

from typing import Any

import pytest
from pulumi_policy import Policy, ResourceValidationPolicy
from pulumi_policy.proxy import (
    UNKNOWN_ARRAY_VALUE,
    UNKNOWN_BOOLEAN_VALUE,
    UNKNOWN_STRING_VALUE,
    UnknownValueError,
)

from port_byollm_policies import policies

from .conftest import allowing, make_args, registration, role

POLICY, ROLE, REGISTRATION = "aws:iam/policy:Policy", "aws:iam/role:Role", "port-byollm:index:LlmProvider"
DEFAULTS = "port-byollm:index:LlmDefaults"
SETTINGS: dict[str, Any] = {
    "models-allowed": {"models": ["gpt-5"]},
    "models-within-residency": {"residency": "eu"},
    "gateway-within-residency": {"residency": "eu"},
    "port-within-residency": {"residency": "eu"},
}
UNKNOWN_POLICY = (POLICY, {"policy": UNKNOWN_STRING_VALUE})
UNKNOWN_TRUST = (ROLE, {"assumeRolePolicy": UNKNOWN_STRING_VALUE})
UNKNOWN_BOUNDARY = (ROLE, role(permissionsBoundary=UNKNOWN_STRING_VALUE))
UNKNOWN_CONFIG = (REGISTRATION, registration(config=UNKNOWN_STRING_VALUE))
READS = {
    "document-valid": [UNKNOWN_POLICY, UNKNOWN_TRUST],
    "models-named": [UNKNOWN_POLICY],
    "models-allowed": [UNKNOWN_POLICY, (REGISTRATION, registration(models=UNKNOWN_ARRAY_VALUE))],
    "models-not-past-end-of-life": [UNKNOWN_POLICY],
    "models-not-legacy": [UNKNOWN_POLICY],
    "models-within-residency": [UNKNOWN_POLICY],
    "only-inference-actions": [UNKNOWN_POLICY],
    "guardrail-enforced": [UNKNOWN_POLICY, UNKNOWN_CONFIG],
    "guardrail-permission-on-guardrail": [UNKNOWN_POLICY],
    "gateway-within-residency": [UNKNOWN_TRUST],
    "trust-only-gateway": [UNKNOWN_TRUST],
    "trust-requires-external-id": [UNKNOWN_TRUST, UNKNOWN_CONFIG],
    "permissions-boundary-required": [UNKNOWN_TRUST, UNKNOWN_BOUNDARY],
    "session-duration-limited": [UNKNOWN_TRUST, (ROLE, role(maxSessionDuration=UNKNOWN_STRING_VALUE))],
    "no-access-keys": [UNKNOWN_CONFIG],
    "connection-validated": [(REGISTRATION, registration(validateConnection=UNKNOWN_BOOLEAN_VALUE))],
    "port-within-residency": [UNKNOWN_CONFIG],
    "default-provider-own": [(DEFAULTS, {"provider": UNKNOWN_STRING_VALUE})],
}
RULES = {policy.name: policy for policy in policies() if isinstance(policy, ResourceValidationPolicy)}


def _ignore(message: str, urn: str | None = None) -> None: ...


def test_every_rule_about_resources_is_here() -> None:
    assert sorted(READS) == sorted(RULES)


@pytest.mark.parametrize(
    ("policy", "kind", "props"),
    [
        pytest.param(RULES[name], kind, props, id=f"{name}-{number}")
        for name, reads in READS.items()
        for number, (kind, props) in enumerate(reads)
    ],
)
def test_unknown_value_does_not_pass(policy: Policy, kind: str, props: dict[str, Any]) -> None:
    assert isinstance(policy, ResourceValidationPolicy)
    args = make_args(
        kind, props, settings=SETTINGS.get(policy.name), provider={"baseUrl": "https://api.port.io"}
    )

    with pytest.raises(UnknownValueError):
        policy.validate(args, _ignore)


def test_known_document_beside_an_unknown_one_is_judged() -> None:
    inline = [
        {"name": "a", "policy": allowing("bedrock:InvokeModel", "*")},
        {"name": "b", "policy": UNKNOWN_STRING_VALUE},
    ]
    found: list[str] = []

    with pytest.raises(UnknownValueError):
        RULES["models-named"].validate(
            make_args(ROLE, role(inlinePolicies=inline)), lambda message, _: found.append(message)
        )

    assert found != []
