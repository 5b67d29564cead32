"""Invocations without a guardrail, or under another one."""

import pytest

from .conftest import ACCOUNT, GUARDRAIL, Judge, allowing, invoke_policy, managed, registration

POLICY, REGISTRATION = "aws:iam/policy:Policy", "port-byollm:index:LlmProvider"
INVOKE = "bedrock:InvokeModel"
SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"
MODEL = f"arn:aws:bedrock:eu-west-1::foundation-model/{SONNET}"
PROFILE = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:inference-profile/eu.{SONNET}"
KEY = "bedrock:GuardrailIdentifier"
UNGUARDED = "policy: permits invoking models without a guardrail"


def test_enforced_guardrail_passes(judge: Judge) -> None:
    assert judge(POLICY, managed(invoke_policy()), {"guardrails": [GUARDRAIL]}) == []
    assert judge(REGISTRATION, registration(), {"guardrails": [GUARDRAIL]}) == []


def test_guardrail_that_a_denial_enforces_passes(judge: Judge) -> None:
    document = allowing(INVOKE, MODEL)
    condition = {"StringNotEquals": {KEY: f"{GUARDRAIL}:1"}}
    document["Statement"].append(
        {"Effect": "Deny", "Action": "bedrock:*", "Resource": "*", "Condition": condition}
    )

    assert judge(POLICY, managed(document)) == []


def test_guardrail_on_the_profile_alone_passes(judge: Judge) -> None:
    document = allowing(INVOKE, MODEL, StringEquals={"bedrock:InferenceProfileArn": PROFILE})
    document["Statement"] += allowing(INVOKE, PROFILE, StringEquals={KEY: f"{GUARDRAIL}:1"})["Statement"]

    assert judge(POLICY, managed(document)) == []


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param({}, id="none"),
        pytest.param({"StringEqualsIfExists": {KEY: f"{GUARDRAIL}:1"}}, id="only where there is one"),
        pytest.param({"StringNotEquals": {KEY: GUARDRAIL}}, id="any but this one"),
        pytest.param({"Null": {KEY: "true"}}, id="none demanded"),
        pytest.param({"ForAllValues:StringEquals": {KEY: GUARDRAIL}}, id="all of none"),
    ],
)
def test_invocation_without_guardrail_is_found(judge: Judge, condition: dict[str, object]) -> None:
    assert judge(POLICY, managed(allowing(INVOKE, MODEL, **condition))) == [UNGUARDED]


def test_one_statement_of_several_is_enough(judge: Judge) -> None:
    document = invoke_policy()
    document["Statement"] += allowing(INVOKE, MODEL)["Statement"]

    assert judge(POLICY, managed(document)) == [UNGUARDED]


@pytest.mark.parametrize(
    "condition",
    [
        {"Null": {KEY: "false"}},
        {"StringLike": {KEY: f"arn:aws:bedrock:*:{ACCOUNT}:guardrail/*"}},
        {"StringLike": {KEY: f"{GUARDRAIL[:-1]}?"}},
    ],
)
def test_any_guardrail_is_found(judge: Judge, condition: dict[str, object]) -> None:
    assert judge(POLICY, managed(allowing(INVOKE, MODEL, **condition))) == [
        "policy: permits invoking models with any guardrail that matches a pattern"
    ]


def test_denial_that_wants_any_guardrail_is_found(judge: Judge) -> None:
    document = allowing(INVOKE, MODEL)
    condition = {"Null": {KEY: "true"}}
    document["Statement"].append(
        {"Effect": "Deny", "Action": "bedrock:*", "Resource": "*", "Condition": condition}
    )

    assert judge(POLICY, managed(document)) == [
        "policy: permits invoking models with any guardrail that matches a pattern"
    ]


def test_any_version_of_one_guardrail_passes(judge: Judge) -> None:
    condition = {KEY: [GUARDRAIL, f"{GUARDRAIL}:*"]}

    assert judge(POLICY, managed(allowing(INVOKE, MODEL, StringLike=condition))) == []


def test_other_guardrail_is_found(judge: Judge) -> None:
    accepted = {"guardrails": [f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:guardrail/other*"]}

    assert judge(POLICY, managed(invoke_policy()), accepted) == [
        f"policy: accepts {GUARDRAIL}, which `guardrails` does not list"
    ]
    assert judge(REGISTRATION, registration(), accepted) == [
        f"config.guardrailIdentifier: is {GUARDRAIL}, which `guardrails` does not list"
    ]


def test_registration_without_guardrail_is_found(judge: Judge) -> None:
    config = registration()["config"]
    del config["guardrailIdentifier"]

    assert judge(REGISTRATION, registration(config=config)) == [
        "config.guardrailIdentifier: missing, so Port invokes models without a guardrail"
    ]
