"""What whoever deploys may do: what the stack is made of, and nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from port_byollm.errors import ConfigError
from port_byollm.iam.deploy_policy import Footprint, Identity, Purpose, deploy_policies
from port_byollm.iam.evaluator import Request, evaluate
from port_byollm.iam.invoke_policy import MAX_POLICY_SIZE

ACCOUNT = "111122223333"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/port-byollm-prod"
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/port-byollm-prod"
POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/port-byollm-prod-invoke"
ROLE = Footprint(
    ACCOUNT,
    "eu-west-1",
    Identity("role", "port-byollm-prod", BOUNDARY),
    ("port-byollm-prod-invoke", "port-byollm-prod-marketplace"),
)
USER = replace(ROLE, identity=Identity("user", "port-byollm-prod", BOUNDARY))
EVERYTHING = replace(ROLE, use_case=True, agreements=True, secrets=("port/openai",))


def allows(footprint: Footprint, purpose: Purpose, action: str, resource: str = "*", **context: str) -> bool:
    policies = [policy.to_dict() for policy in deploy_policies(footprint, purpose)]
    request = Request(f"arn:aws:iam::{ACCOUNT}:role/deployer", action, resource, context)
    return evaluate(request, identity_policies=policies).allowed


def actions(footprint: Footprint, purpose: Purpose) -> set[str]:
    found: set[str] = set()
    for policy in deploy_policies(footprint, purpose):
        for statement in policy.statements:
            found |= {statement.action} if isinstance(statement.action, str) else {*statement.action}
    return found


@pytest.mark.parametrize("footprint", [ROLE, USER, EVERYTHING])
@pytest.mark.parametrize("purpose", Purpose)
def test_no_action_is_a_pattern_and_iam_grants_name_what_they_are_about(
    footprint: Footprint, purpose: Purpose
) -> None:
    for policy in deploy_policies(footprint, purpose):
        for statement in policy.to_dict()["Statement"]:
            assert "*" not in str(statement["Action"])
            assert statement["Resource"] != "*" or "iam:" not in str(statement["Action"])


@pytest.mark.parametrize("purpose", [Purpose.PREVIEW, Purpose.DRIFT])
@pytest.mark.parametrize("footprint", [EVERYTHING, USER])
def test_previews_and_the_look_for_drift_only_read(footprint: Footprint, purpose: Purpose) -> None:
    for action in actions(footprint, purpose):
        assert action.partition(":")[2].startswith(("Get", "List"))


def test_the_look_for_drift_reads_no_secret() -> None:
    assert "secretsmanager:GetSecretValue" in actions(EVERYTHING, Purpose.PREVIEW)
    assert "secretsmanager:GetSecretValue" not in actions(EVERYTHING, Purpose.DRIFT)


def test_a_preview_of_what_needs_nothing_needs_no_policy() -> None:
    assert deploy_policies(replace(ROLE, identity=Identity("role", "r")), Purpose.PREVIEW) == []


@pytest.mark.parametrize(
    ("footprint", "arn", "create", "attach"),
    [
        (ROLE, ROLE_ARN, "iam:CreateRole", "iam:AttachRolePolicy"),
        (USER, USER_ARN, "iam:CreateUser", "iam:AttachUserPolicy"),
    ],
)
def test_an_identity_is_made_and_given_policies_within_its_boundary_alone(
    footprint: Footprint, arn: str, create: str, attach: str
) -> None:
    def within(action: str, resource: str = arn, **context: str) -> bool:
        return allows(footprint, Purpose.DEPLOY, action, resource, **context)

    bounded = {"iam:PermissionsBoundary": BOUNDARY}
    own, foreign = {"iam:PolicyARN": POLICY_ARN}, {"iam:PolicyARN": "arn:aws:iam::aws:policy/Admin"}
    assert within(create, **bounded)
    assert within(attach, **bounded, **own)
    assert not within(create)
    assert not within(create, **{"iam:PermissionsBoundary": POLICY_ARN})
    assert not within(create, f"{arn}-2", **bounded)
    assert not within(attach, **own)
    assert not within(attach, **bounded, **foreign)
    assert not within(attach, **bounded)
    assert not within("iam:DeleteRolePermissionsBoundary")
    assert not within("iam:DeleteUserPermissionsBoundary")


def test_without_a_boundary_none_is_demanded_and_none_can_be_set() -> None:
    unbounded = replace(ROLE, identity=Identity("role", "port-byollm-prod"))

    assert allows(unbounded, Purpose.DEPLOY, "iam:CreateRole", ROLE_ARN)
    assert not allows(unbounded, Purpose.DEPLOY, "iam:PutRolePermissionsBoundary", ROLE_ARN)


def test_what_bedrock_has_no_resource_for_is_bound_to_the_region_or_to_bedrock() -> None:
    create, subscribe = "bedrock:CreateFoundationModelAgreement", "aws-marketplace:Subscribe"

    def may(action: str, **context: str) -> bool:
        return allows(EVERYTHING, Purpose.DEPLOY, action, **context)

    assert may(create, **{"aws:RequestedRegion": "eu-west-1"})
    assert not may(create, **{"aws:RequestedRegion": "us-east-1"})
    assert may(subscribe, **{"aws:CalledViaLast": "bedrock.amazonaws.com"})
    assert not may(subscribe)


@pytest.mark.parametrize(
    ("given", "arn", "other"),
    [
        ("port/openai", "port/openai-AbCdEf", "port/openai-2-AbCdEf"),
        ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:key", "key-AbCdEf", "keys-AbCdEf"),
        ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:key-AbCdEf", "key-AbCdEf", "key-AbCdEg"),
    ],
)
def test_a_secret_is_read_by_its_name_or_arn_alone(given: str, arn: str, other: str) -> None:
    footprint = Footprint(ACCOUNT, "eu-west-1", secrets=(given,))
    prefix = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:"

    def read(name: str) -> bool:
        return allows(footprint, Purpose.DEPLOY, "secretsmanager:GetSecretValue", prefix + name)

    assert read(arn)
    assert not read(other)


def test_what_outgrows_iams_quota_is_split_and_permits_the_same() -> None:
    # Attached to one identity: AWS takes 10 policies, of names of up to 128 characters.
    many = replace(EVERYTHING, policies=tuple(f"{'long' * 30}-{number}" for number in range(10)))

    policies = deploy_policies(many, Purpose.DEPLOY)

    assert len(policies) > 1
    assert all(policy.size() <= MAX_POLICY_SIZE for policy in policies)
    sids = [statement.sid for policy in policies for statement in policy.statements]
    assert sorted(sids) == sorted(s.sid for s in deploy_policies(EVERYTHING, Purpose.DEPLOY)[0].statements)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"account": "1111"}, "account_id"),
        ({"policies": ("*",)}, "policy_name"),
        ({"identity": Identity("role", "port-*")}, "role_name"),
        ({"identity": Identity("user", "a/b")}, "user_name"),
        ({"identity": Identity("role", "r", "arn:aws:iam::111122223333:policy/*")}, "permissions_boundary"),
        ({"identity": Identity("role", "r", POLICY_ARN)}, "permissions_boundary"),
        ({"secrets": ("port/*",)}, "api_key_aws_secret_id"),
    ],
)
def test_refuses_what_would_permit_more_than_it_says(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigError) as refused:
        replace(ROLE, **wrong)
    assert refused.value.field == field
