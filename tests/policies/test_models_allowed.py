"""Models on the allow list, by what documents permit and registrations offer."""

from .conftest import Judge, allowing, invoke_policy, managed, registration

POLICY, REGISTRATION = "aws:iam/policy:Policy", "port-byollm:index:LlmProvider"
ALLOWED = {"models": ["claude-sonnet-4-5-20250929", "anthropic.claude-haiku-4-5-20251001-v1:0"]}


def test_listed_models_pass(judge: Judge) -> None:
    assert judge(POLICY, managed(invoke_policy()), ALLOWED) == []
    assert judge(REGISTRATION, registration(), ALLOWED) == []


def test_nothing_is_asked_for_without_a_list(judge: Judge) -> None:
    assert judge(POLICY, managed(allowing("*", "*"))) == []


def test_permitted_model_that_is_not_listed_is_found(judge: Judge) -> None:
    document = invoke_policy("claude-sonnet-4-5-20250929", "amazon.nova-pro-v1:0")

    assert judge(POLICY, managed(document), ALLOWED) == [
        "policy: permits amazon.nova-pro-v1:0, not on the allow list"
    ]


def test_wildcard_permits_what_is_not_listed(judge: Judge) -> None:
    document = allowing(
        "bedrock:InvokeModel", "arn:aws:bedrock:*::foundation-model/anthropic.claude-sonnet-*"
    )

    assert judge(POLICY, managed(document), ALLOWED) == [
        "policy: permits anthropic.claude-sonnet-4-20250514-v1:0, not on the allow list"
    ]


def test_offered_model_that_is_not_listed_is_found(judge: Judge) -> None:
    offered = registration(models={"claude-sonnet-4-20250514": True})

    assert judge(REGISTRATION, offered, ALLOWED) == [
        "models: offers claude-sonnet-4-20250514, not on the allow list"
    ]
