"""Documents read back from AWS."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from port_byollm.cli.stack.plan import Plan
from port_byollm.cli.verify.aws import Aws
from port_byollm.cli.verify.identity import read_identity
from port_byollm.errors import PortByollmError
from port_byollm.proof import Unknown

from .conftest import EXTERNAL_ID, REGION, ROLE_ARN, USER_ARN, allowing, trust_policy

PLAN = Plan({"aws:region": REGION})


def managed(iam: Any, name: str, *documents: object) -> str:
    """A policy with these versions, the last of which is the default; its ARN."""
    first, *others = [json.dumps(document) for document in documents]
    arn: str = iam.create_policy(PolicyName=name, PolicyDocument=first)["Policy"]["Arn"]
    for other in others:
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=other, SetAsDefault=True)
    return arn


@pytest.fixture
def role(iam: Any) -> Any:
    """A role with an attached and an inline policy, and a boundary."""
    boundary = managed(iam, "boundary", allowing("bedrock:*"))
    trust = json.dumps(trust_policy(EXTERNAL_ID))
    iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=trust, PermissionsBoundary=boundary)
    attached = managed(iam, "invoke", allowing("s3:*"), allowing("bedrock:InvokeModel"))
    iam.attach_role_policy(RoleName="gateway", PolicyArn=attached)
    iam.put_role_policy(
        RoleName="gateway",
        PolicyName="more",
        PolicyDocument=json.dumps(allowing("logs:*")),
    )
    return iam


def opened() -> Aws:
    aws = Aws.of(PLAN)
    assert isinstance(aws, Aws)
    return aws


def test_a_role_with_all_that_it_has(role: Any) -> None:
    found = read_identity(opened(), ROLE_ARN)

    assert found.arn == ROLE_ARN
    assert found.trust_policy == trust_policy(EXTERNAL_ID)
    assert {policy.name: policy.document for policy in found.policies} == {
        "invoke": allowing("bedrock:InvokeModel"),
        "more": allowing("logs:*"),
    }
    assert found.boundary is not None
    assert (found.boundary.name, found.boundary.document) == ("boundary", allowing("bedrock:*"))
    assert EXTERNAL_ID not in repr(found)


def test_a_user_has_its_groups_policies_too(iam: Any) -> None:
    iam.create_user(UserName="gateway")
    iam.attach_user_policy(UserName="gateway", PolicyArn=managed(iam, "invoke", allowing("bedrock:*")))
    iam.create_group(GroupName="everybody")
    iam.attach_group_policy(GroupName="everybody", PolicyArn=managed(iam, "common", allowing("s3:*")))
    iam.put_group_policy(
        GroupName="everybody", PolicyName="more", PolicyDocument=json.dumps(allowing("ec2:*"))
    )
    iam.add_user_to_group(GroupName="everybody", UserName="gateway")

    found = read_identity(opened(), USER_ARN)

    assert found.trust_policy is None
    assert [policy.name for policy in found.policies] == ["invoke", "common", "more"]
    assert found.boundary is None


def test_an_identity_that_is_gone_is_an_error(iam: Any) -> None:
    with pytest.raises(PortByollmError, match=f"AWS has no role {ROLE_ARN}"):
        read_identity(opened(), ROLE_ARN)


def test_the_role_of_another_account_is_unknown(role: Any) -> None:
    other = ROLE_ARN.replace("111122223333", "444455556666")

    found = read_identity(opened(), other)

    assert isinstance(found.trust_policy, Unknown)
    assert f"see {ROLE_ARN} in place of {other}" in found.trust_policy.reason


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Operations that AWS does not permit; moto permits everything."""
    refused: set[str] = set()
    make = boto3.Session.client

    def client(self: boto3.Session, *args: Any, **kwargs: Any) -> Any:
        def refuse(model: Any, **_: Any) -> None:
            if model.name in refused:
                error = {"Code": "AccessDenied", "Message": f"not authorized to perform iam:{model.name}"}
                raise ClientError({"Error": error}, model.name)

        made = make(self, *args, **kwargs)
        made.meta.events.register("before-call.iam", refuse)
        return made

    monkeypatch.setattr(boto3.Session, "client", client)
    return refused


@pytest.mark.parametrize(
    ("operation", "unknown"),
    [
        ("GetRole", {"what is attached", "permissions boundary", "trust"}),
        ("ListAttachedRolePolicies", {"AttachedPolicies of gateway"}),
        ("ListRolePolicies", {"PolicyNames of gateway"}),
        ("GetPolicy", {"invoke", "boundary"}),
        ("GetPolicyVersion", {"invoke", "boundary"}),
        ("GetRolePolicy", {"more"}),
    ],
)
def test_what_aws_does_not_show_is_unknown(
    role: Any, refusing: set[str], operation: str, unknown: set[str]
) -> None:
    refusing.add(operation)

    found = read_identity(opened(), ROLE_ARN)

    policies = [*found.policies, found.boundary]
    reasons = {one.name: one.document.reason for one in policies if one and isinstance(one.document, Unknown)}
    if isinstance(found.trust_policy, Unknown):
        reasons["trust"] = found.trust_policy.reason
    assert reasons.keys() == unknown
    assert all(f"iam:{operation}" in reason for reason in reasons.values())


def test_without_credentials_everything_is_unknown(aws: object, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    opened_aws = opened()

    found = read_identity(opened_aws, ROLE_ARN)

    assert isinstance(found.trust_policy, Unknown)
    assert str(NoCredentialsError()) in found.trust_policy.reason
    assert isinstance(opened_aws.account(), Unknown)


def test_a_profile_that_there_is_not_leaves_everything_unknown(aws: object) -> None:
    nobody = Aws.of(Plan({"aws:profile": "nobody"}))

    assert isinstance(nobody, Unknown)
    assert read_identity(nobody, USER_ARN).trust_policy is None
    assert all(policy.document == nobody for policy in read_identity(nobody, USER_ARN).policies)
