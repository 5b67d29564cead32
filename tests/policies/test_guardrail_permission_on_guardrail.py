"""ApplyGuardrail on what is a guardrail, and on what is none."""

from port_byollm.iam.invoke_policy import documented

from .conftest import Judge, allowing, invoke_policy, managed

POLICY = "aws:iam/policy:Policy"
FOUND = "policy: permits bedrock:ApplyGuardrail only on resources other than guardrails, which has no effect"


def test_permission_on_the_guardrail_passes(judge: Judge) -> None:
    assert judge(POLICY, managed(invoke_policy())) == []


def test_policy_without_the_permission_passes(judge: Judge) -> None:
    assert judge(POLICY, managed(invoke_policy(guardrail=False))) == []


def test_permission_on_everything_passes(judge: Judge) -> None:
    assert judge(POLICY, managed(allowing("bedrock:*", "*"))) == []


def test_document_of_the_setup_page_is_found(judge: Judge) -> None:
    [document] = documented(["claude-sonnet-4-5-20250929"], "eu", guardrail=True)

    assert judge(POLICY, managed(document.to_dict())) == [FOUND]
