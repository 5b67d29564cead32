"""No wildcard models, however they are written."""

import json
from typing import Any

import pytest

from .conftest import ACCOUNT, Judge, allowing, invoke_policy, managed, role

POLICY = "aws:iam/policy:Policy"
SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"
INVOKE = "bedrock:InvokeModel"
MODEL = f"arn:aws:bedrock:eu-west-1::foundation-model/{SONNET}"
ANY_MODEL = "arn:aws:bedrock:eu-west-1::foundation-model/*"
FOUND = "policy: permits invoking any foundation-model that matches a pattern, even if it does not exist yet"


def test_named_models_pass(judge: Judge) -> None:
    assert judge(POLICY, managed(invoke_policy())) == []


def test_policy_about_something_else_passes(judge: Judge) -> None:
    assert judge(POLICY, managed(allowing("s3:*", "*"))) == []


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(allowing(INVOKE, ANY_MODEL), id="any model"),
        pytest.param(allowing([INVOKE], [MODEL, ANY_MODEL]), id="beside a named one"),
        pytest.param(allowing(INVOKE, ANY_MODEL.replace("*", "anthropic.*")), id="any of a vendor"),
        pytest.param(allowing(INVOKE, ANY_MODEL.replace("*", "anthropic.claude-?-*")), id="a line"),
        pytest.param(allowing(INVOKE, MODEL.replace("20250929", "2025092?")), id="any character"),
        pytest.param(allowing(INVOKE, MODEL.replace("sonnet", "*")), id="in the middle"),
        pytest.param(allowing(INVOKE, "arn:aws:bedrock:eu-west-1"), id="the rest left out"),
        pytest.param(allowing(INVOKE, ANY_MODEL.replace("*", "${aws:PrincipalTag/model}")), id="a variable"),
        pytest.param(allowing("bedrock:invokemodel", ANY_MODEL), id="action in lower case"),
        pytest.param(allowing("bedrock:Inv?keM*l", ANY_MODEL), id="wildcards in the action"),
        pytest.param(allowing("bedrock:InvokeModelWithResponseStream", ANY_MODEL), id="streaming only"),
        pytest.param(allowing("bedrock:Invoke*", "arn:*:bedrock:*:*:*"), id="wildcards everywhere"),
        pytest.param(
            {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "NotResource": MODEL}}, id="what is left"
        ),
        pytest.param(
            allowing(INVOKE, ANY_MODEL, StringEquals={"aws:PrincipalTag/team": "a"}), id="conditionally"
        ),
    ],
)
def test_wildcard_is_found(judge: Judge, document: dict[str, Any]) -> None:
    [problem] = judge(POLICY, managed(document))

    assert problem.startswith("policy: permits invoking any ")
    assert "foundation-model" in problem


def test_wildcard_that_a_denial_takes_back_passes(judge: Judge) -> None:
    document = allowing(INVOKE, ANY_MODEL)
    document["Statement"].append({"Effect": "Deny", "Action": "bedrock:*", "NotResource": MODEL})

    assert judge(POLICY, managed(document)) == []


def test_denial_that_covers_one_model_only_takes_nothing_else_back(judge: Judge) -> None:
    document = allowing(INVOKE, ANY_MODEL)
    document["Statement"].append({"Effect": "Deny", "Action": "bedrock:*", "Resource": MODEL})

    assert judge(POLICY, managed(document)) == [FOUND]


@pytest.mark.parametrize("owner", ["role", "user", "group"])
def test_inline_policy_is_read(judge: Judge, owner: str) -> None:
    kind = f"aws:iam/{owner}Policy:{owner.title()}Policy"

    assert judge(kind, {"policy": json.dumps(allowing(INVOKE, ANY_MODEL))}) == [FOUND]


def test_document_written_as_an_object_is_read(judge: Judge) -> None:
    assert judge(POLICY, {"policy": allowing(INVOKE, ANY_MODEL)}) == [FOUND]


def test_inline_policies_of_a_role_are_read(judge: Judge) -> None:
    inline = [{"name": "a", "policy": json.dumps(allowing(INVOKE, ANY_MODEL))}, {}]

    found = judge("aws:iam/role:Role", role(inlinePolicies=inline))

    assert found == [FOUND.replace("policy", "inlinePolicies[0]")]


def test_other_things_to_invoke_are_found(judge: Judge) -> None:
    imported = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:imported-model/*"

    assert judge(POLICY, managed(allowing(INVOKE, imported))) == [
        FOUND.replace("foundation-model", "imported-model")
    ]


@pytest.mark.parametrize("account", ["1111*", "*3333", "11112222333?", "${aws:PrincipalAccount}"])
def test_accounts_alike_are_no_hiding_place(judge: Judge, account: str) -> None:
    profiles = f"arn:aws:bedrock:eu-west-1:{account}:inference-profile/*"

    assert judge(POLICY, managed(allowing(INVOKE, profiles))) == [
        FOUND.replace("foundation-model", "inference-profile")
    ]


def test_excepted_resource_is_left_alone(judge: Judge) -> None:
    assert judge(POLICY, managed(allowing(INVOKE, ANY_MODEL)), {"except": ["policy"]}) == []
