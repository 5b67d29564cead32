"""Actions beside inference."""

import pytest

from port_byollm.iam.marketplace_policy import marketplace

from .conftest import ACCOUNT, Judge, allowing, invoke_policy, managed

POLICY = "aws:iam/policy:Policy"
MODEL = "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0"


def test_inference_passes(judge: Judge) -> None:
    assert judge(POLICY, managed(invoke_policy())) == []
    assert judge(POLICY, managed(allowing("bedrock:InvokeModel*", MODEL))) == []


def test_policy_without_inference_passes(judge: Judge) -> None:
    assert judge(POLICY, managed(allowing(["s3:GetObject", "iam:PassRole"], "*"))) == []


@pytest.mark.parametrize(
    "action", ["bedrock:DeleteGuardrail", "iam:PassRole", "kms:Decrypt", "sts:AssumeRole"]
)
def test_other_action_is_found(judge: Judge, action: str) -> None:
    document = allowing("bedrock:InvokeModel", MODEL)
    document["Statement"] += allowing(action, "*")["Statement"]

    assert judge(POLICY, managed(document)) == [f"policy: permits more than inference: {action}"]


def test_other_action_in_a_region_alone_is_found(judge: Judge) -> None:
    document = allowing("bedrock:InvokeModel", MODEL)
    document["Statement"] += allowing("iam:PassRole", "*")["Statement"]
    for operator, region in (
        ("StringEquals", "eu-west-1"),
        ("StringLike", "eu-*"),
        ("StringNotLike", "us-*"),
    ):
        document["Statement"][-1]["Condition"] = {operator: {"aws:RequestedRegion": region}}
        assert judge(POLICY, managed(document)) == ["policy: permits more than inference: iam:PassRole"]


@pytest.mark.parametrize("pattern", ["*", "bedrock:*", "bedrock:?*"])
def test_wildcard_is_found(judge: Judge, pattern: str) -> None:
    [problem] = judge(POLICY, managed(allowing(pattern, "*")))

    assert "bedrock:" in problem


def test_wildcard_within_another_service_is_found(judge: Judge) -> None:
    document = allowing(["bedrock:InvokeModel", "ec2:RunInst*"], "*")

    assert judge(POLICY, managed(document)) == ["policy: permits more than inference: ec2:RunInstances"]


def test_not_action_is_found(judge: Judge) -> None:
    statement = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}

    [problem] = judge(POLICY, managed({"Version": "2012-10-17", "Statement": statement}))

    assert problem.startswith("policy: permits more than inference: aws-marketplace:Subscribe, ")


def test_action_that_is_denied_again_passes(judge: Judge) -> None:
    document = allowing(["bedrock:InvokeModel", "iam:PassRole"], "*")
    document["Statement"].append({"Effect": "Deny", "Action": "iam:*", "Resource": "*"})

    assert judge(POLICY, managed(document)) == []


def test_subscription_passes_where_it_is_accepted(judge: Judge) -> None:
    document = invoke_policy()
    document["Statement"] += marketplace().to_dict()["Statement"]

    assert judge(POLICY, managed(document), {"marketplace": True}) == []
    assert judge(POLICY, managed(document)) == [
        "policy: permits more than inference: aws-marketplace:Subscribe, aws-marketplace:ViewSubscriptions"
    ]


def test_guardrail_may_be_applied(judge: Judge) -> None:
    document = allowing("bedrock:InvokeModel", MODEL)
    guardrail = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:guardrail/*"
    document["Statement"] += allowing("bedrock:ApplyGuardrail", guardrail)["Statement"]

    assert judge(POLICY, managed(document)) == []
