"""External IDs: demanded, exact, long enough, and never quoted."""

import secrets
import uuid
from typing import Any

import pytest

from port_byollm_policies.chance import bits

from .conftest import EXTERNAL_ID, Judge, registration, role, trust_policy

ROLE, REGISTRATION = "aws:iam/role:Role", "port-byollm:index:LlmProvider"
NOT_DEMANDED = (
    "assumeRolePolicy: admits Port's gateway without an external ID, or with any that matches a pattern"
)


def demanding(**condition: Any) -> dict[str, Any]:
    """Our trust policy with another condition."""
    trust = trust_policy()
    trust["Statement"][0]["Condition"] = condition
    return trust


def test_random_external_id_passes(judge: Judge) -> None:
    assert judge(ROLE, role()) == []
    assert judge(ROLE, role(trust_policy(secrets.token_urlsafe(32), secrets.token_hex(16)))) == []


def test_external_id_that_a_denial_demands_passes(judge: Judge) -> None:
    trust = trust_policy()
    allow = trust["Statement"][0]
    unless = {"StringNotEquals": {"sts:ExternalId": EXTERNAL_ID}}
    trust["Statement"] = [
        {key: value for key, value in allow.items() if key != "Condition"},
        {**allow, "Sid": "Unless", "Effect": "Deny", "Condition": unless},
    ]

    assert judge(ROLE, role(trust)) == []


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param({"StringEqualsIfExists": {"sts:ExternalId": EXTERNAL_ID}}, id="only where there is one"),
        pytest.param({"StringNotEquals": {"sts:ExternalId": EXTERNAL_ID}}, id="any but this one"),
        pytest.param({"StringLike": {"sts:ExternalId": f"{EXTERNAL_ID}*"}}, id="beginning so"),
        pytest.param({"StringLike": {"sts:ExternalId": "*"}}, id="any"),
        pytest.param({"Null": {"sts:ExternalId": "false"}}, id="there is one"),
        pytest.param({"ForAnyValue:StringNotEquals": {"sts:ExternalId": EXTERNAL_ID}}, id="another one"),
        pytest.param({"Bool": {"aws:SecureTransport": "true"}}, id="something else"),
        pytest.param({"Bool": {"aws:ViaAWSService": "false"}}, id="something that is not so"),
    ],
)
def test_external_id_that_is_not_demanded_is_found(judge: Judge, condition: dict[str, Any]) -> None:
    assert judge(ROLE, role(demanding(**condition))) == [NOT_DEMANDED]


def test_trust_without_condition_is_found(judge: Judge) -> None:
    trust = trust_policy()
    del trust["Statement"][0]["Condition"]

    assert judge(ROLE, role(trust)) == [NOT_DEMANDED]


@pytest.mark.parametrize(
    "weak", ["acme-production-2026", "1234567890" * 3, "abab" * 20, str(uuid.UUID(int=7 << 90))]
)
def test_external_id_that_can_be_guessed_is_found_and_not_quoted(judge: Judge, weak: str) -> None:
    [problem] = judge(ROLE, role(trust_policy(weak, EXTERNAL_ID)))

    assert problem.startswith("assumeRolePolicy: accepts 2 external IDs, of which 1 can have at most ")
    assert problem.endswith(" bits of entropy, but 128 are required")
    assert weak not in problem
    assert EXTERNAL_ID not in problem


def test_bits_are_counted_by_length_and_alphabet() -> None:
    assert bits("0123456789abcdef" * 2) == 128
    assert bits(str(uuid.uuid4())) == 122
    assert bits("x" * 1000) == 0


def test_registration_without_external_id_is_found(judge: Judge) -> None:
    config = registration()["config"]
    del config["externalIdSecretName"]

    assert judge(REGISTRATION, registration(config=config)) == [
        "config.externalIdSecretName: missing, so Port presents no external ID"
    ]


def test_registration_with_external_id_passes(judge: Judge) -> None:
    assert judge(REGISTRATION, registration()) == []
