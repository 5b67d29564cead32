"""What is attached to the gateway's role beside inference."""

import json
from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from port_byollm.iam.marketplace_policy import marketplace

from .conftest import (
    ACCOUNT,
    JudgeStack,
    allowing,
    invoke_policy,
    make_args,
    make_resource,
    managed,
    named,
    role,
    trust_policy,
)

POLICY, ROLE = "aws:iam/policy:Policy", "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
GATEWAY = make_resource(ROLE, "gateway", role())


def policy(document: dict[str, Any], name: str = "invoke") -> Any:
    return make_resource(POLICY, name, managed(document) | {"name": name})


def attached(policy_arn: str, made_of: Any = None) -> Any:
    props = {"role": "gateway", "policyArn": policy_arn}
    return make_resource(ATTACHMENT, "attachment", props, made_of={"policyArn": made_of or []})


def test_invoke_policy_passes(judge_stack: JudgeStack) -> None:
    invoke = policy(invoke_policy())

    assert judge_stack(GATEWAY, invoke, attached(UNKNOWN_STRING_VALUE, [invoke])) == []
    assert judge_stack(GATEWAY, invoke, attached(f"arn:aws:iam::{ACCOUNT}:policy/invoke")) == []


def test_policy_of_the_stack_that_permits_more_is_found(judge_stack: JudgeStack) -> None:
    other = policy(allowing("s3:GetObject", "*"), "other")

    assert judge_stack(GATEWAY, other, attached(UNKNOWN_STRING_VALUE, [other])) == [
        ("gateway", "has other (policy), which permits more than inference: s3:GetObject")
    ]


def test_policy_from_elsewhere_is_found(judge_stack: JudgeStack) -> None:
    assert judge_stack(GATEWAY, attached(ADMINISTRATOR)) == [
        ("gateway", f"has {ADMINISTRATOR}, whose permissions the stack does not define")
    ]


def test_policy_from_elsewhere_that_is_listed_passes(judge_stack: JudgeStack) -> None:
    assert judge_stack(GATEWAY, attached(ADMINISTRATOR), settings={"policies": ["*:policy/Admin*"]}) == []


@pytest.mark.parametrize(
    "attachment",
    [
        pytest.param(
            make_resource(
                "aws:iam/policyAttachment:PolicyAttachment",
                "attachment",
                {"roles": ["another", "gateway"], "policyArn": ADMINISTRATOR},
            ),
            id="PolicyAttachment",
        ),
        pytest.param(
            make_resource(
                "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
                "attachments",
                {"roleName": "gateway", "policyArns": [ADMINISTRATOR]},
            ),
            id="RolePolicyAttachmentsExclusive",
        ),
        pytest.param(
            make_resource(
                "aws:iam/rolePolicy:RolePolicy",
                "inline",
                {"role": "gateway", "policy": json.dumps(allowing("iam:PassRole", "*"))},
            ),
            id="RolePolicy",
        ),
    ],
)
def test_other_ways_to_attach_are_found(judge_stack: JudgeStack, attachment: Any) -> None:
    assert len(judge_stack(GATEWAY, attachment)) == 1


@pytest.mark.parametrize(
    "props",
    [
        {"managedPolicyArns": [ADMINISTRATOR]},
        {"inlinePolicies": [{"name": "a", "policy": json.dumps(allowing("iam:PassRole", "*"))}]},
    ],
)
def test_lists_of_the_role_itself_are_read(judge_stack: JudgeStack, props: dict[str, Any]) -> None:
    assert len(judge_stack(make_resource(ROLE, "gateway", role(**props)))) == 1


@pytest.mark.parametrize("arns", [UNKNOWN_STRING_VALUE, [ADMINISTRATOR]], ids=["not yet known", "before"])
def test_lists_that_the_program_leaves_out_are_not_what_there_will_be(
    judge_stack: JudgeStack, arns: Any
) -> None:
    left_out = make_resource(
        ROLE, "gateway", role(managedPolicyArns=arns, inlinePolicies=UNKNOWN_STRING_VALUE)
    )
    named("no-access-keys").validate(make_args(ROLE, role(), urn=left_out.urn), lambda message, urn: None)

    assert judge_stack(left_out) == []


def test_subscription_passes_where_it_is_accepted(judge_stack: JudgeStack) -> None:
    subscription = policy(marketplace().to_dict(), "marketplace")
    resources = (GATEWAY, subscription, attached(UNKNOWN_STRING_VALUE, [subscription]))

    assert judge_stack(*resources, settings={"marketplace": True}) == []
    assert len(judge_stack(*resources)) == 1


def test_role_of_somebody_else_passes(judge_stack: JudgeStack) -> None:
    trust = trust_policy()
    trust["Statement"][0]["Principal"] = {"Service": "lambda.amazonaws.com"}

    assert judge_stack(make_resource(ROLE, "gateway", role(trust)), attached(ADMINISTRATOR)) == []


def test_policy_that_cannot_be_known_yet_does_not_pass(judge_stack: JudgeStack) -> None:
    with pytest.raises(UnknownValueError):
        judge_stack(GATEWAY, attached(UNKNOWN_STRING_VALUE))


@pytest.mark.parametrize(
    ("kind", "props"),
    [
        ("groupMembership:GroupMembership", {"users": ["another", "port"], "group": "people"}),
        ("userGroupMembership:UserGroupMembership", {"user": "port", "groups": ["people"]}),
    ],
)
def test_group_of_the_gateways_user_is_found(
    judge_stack: JudgeStack, kind: str, props: dict[str, Any]
) -> None:
    urn = "urn:pulumi:prod::byollm::port-byollm:index:GatewayUser$aws:iam/user:User::port"
    user = make_resource("aws:iam/user:User", "port", {"name": "port"}, urn=urn)

    assert judge_stack(user) == []
    assert judge_stack(user, make_resource(f"aws:iam/{kind}", "membership", props)) == [
        ("port", "is in the group people and has its policies")
    ]
