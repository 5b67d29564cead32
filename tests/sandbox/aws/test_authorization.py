"""Users and roles may do in the sandbox's AWS what their documents say, and no more."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from port_byollm.iam.deploy_policy import Footprint, Identity, Purpose, deploy_policies
from port_byollm_sandbox.aws.server import AwsServer

from .conftest import ACCOUNT, REGION

Client = Callable[[str], Any]
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"},
        ],
    }
)
MODEL = "anthropic.claude-sonnet-4-5-20250929-v1:0"


def allow(*actions: str, resource: Any = "*", **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": [*actions], "Resource": resource}
    return {
        "Version": "2012-10-17",
        "Statement": [statement | ({"Condition": condition} if condition else {})],
    }


def client(server: AwsServer, service: str, keys: Mapping[str, str]) -> Any:
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=server.endpoint_url,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"),
    )


@pytest.fixture
def as_user(server: AwsServer, iam: Any) -> Callable[..., Client]:
    """Clients of a user with these policies."""

    def made(*policies: Mapping[str, Any], boundary: Mapping[str, Any] | None = None) -> Client:
        bounded = {}
        if boundary:
            created = iam.create_policy(PolicyName="boundary", PolicyDocument=json.dumps(boundary))
            bounded = {"PermissionsBoundary": created["Policy"]["Arn"]}
        iam.create_user(UserName="somebody", **bounded)
        for number, policy in enumerate(policies):
            iam.put_user_policy(
                UserName="somebody", PolicyName=f"inline-{number}", PolicyDocument=json.dumps(policy)
            )
        keys = iam.create_access_key(UserName="somebody")["AccessKey"]
        return lambda service: client(server, service, keys)

    return made


@pytest.fixture
def as_role(server: AwsServer, iam: Any, sts: Any) -> Callable[..., Client]:
    """Clients of a session of a role with this policy."""

    def made(policy: Mapping[str, Any], **options: str) -> Client:
        role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)["Role"]
        iam.put_role_policy(RoleName="worker", PolicyName="inline", PolicyDocument=json.dumps(policy))
        keys = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="test", **options)["Credentials"]
        return lambda service: client(server, service, keys)

    return made


def refusal(call: Callable[..., Any], **arguments: Any) -> str:
    """Code and message of what AWS answers."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 403
    return f"{error['Error']['Code']}: {error['Error']['Message']}"


def test_the_sandboxs_own_credentials_may_do_everything(iam: Any) -> None:
    assert iam.list_users()["Users"] == []


def test_a_user_without_policies_may_do_nothing_but_ask_who_it_is(as_user: Callable[..., Client]) -> None:
    somebody = as_user()

    assert somebody("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/somebody"
    assert refusal(somebody("iam").list_users) == (
        f"AccessDenied: User: arn:aws:iam::{ACCOUNT}:user/somebody is not authorized to perform: "
        "iam:ListUsers on resource: * because no identity-based policy allows the iam:ListUsers action"
    )
    assert refusal(somebody("secretsmanager").get_secret_value, SecretId="key") == (
        f"AccessDeniedException: User: arn:aws:iam::{ACCOUNT}:user/somebody is not authorized to perform: "
        f"secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:key "
        "because no identity-based policy allows the secretsmanager:GetSecretValue action"
    )


def test_an_inactive_key_is_none(iam: Any, as_user: Callable[..., Client]) -> None:
    somebody = as_user(allow("iam:*"))
    key = iam.list_access_keys(UserName="somebody")["AccessKeyMetadata"][0]["AccessKeyId"]
    somebody("iam").list_users()

    iam.update_access_key(UserName="somebody", AccessKeyId=key, Status="Inactive")

    assert refusal(somebody("iam").list_users).startswith("InvalidClientTokenId: ")


def test_policies_of_groups_count_and_an_explicit_deny_wins(iam: Any, as_user: Callable[..., Client]) -> None:
    somebody = as_user()
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(GroupName="readers", UserName="somebody")
    policy = iam.create_policy(PolicyName="reading", PolicyDocument=json.dumps(allow("iam:List*")))
    iam.attach_group_policy(GroupName="readers", PolicyArn=policy["Policy"]["Arn"])
    somebody("iam").list_users()

    denied = allow("iam:ListUsers")
    denied["Statement"][0]["Effect"] = "Deny"
    iam.put_group_policy(GroupName="readers", PolicyName="not", PolicyDocument=json.dumps(denied))

    assert refusal(somebody("iam").list_users).endswith("with an explicit deny in an identity-based policy")


def test_a_boundary_limits(as_user: Callable[..., Client]) -> None:
    somebody = as_user(allow("iam:*"), boundary=allow("iam:ListUsers"))

    somebody("iam").list_users()

    assert refusal(somebody("iam").list_roles).endswith(
        "because no permissions boundary allows the iam:ListRoles action"
    )


def test_a_session_policy_limits(as_role: Callable[..., Client]) -> None:
    worker = as_role(allow("iam:*"), Policy=json.dumps(allow("iam:ListUsers")))

    worker("iam").list_users()

    assert refusal(worker("iam").list_roles).endswith(
        "because no session policy allows the iam:ListRoles action"
    )


def test_sessions_from_before_a_revocation_are_denied(iam: Any, as_role: Callable[..., Client]) -> None:
    worker = as_role(allow("iam:ListUsers"))
    worker("iam").list_users()

    revoked = allow("*", DateLessThan={"aws:TokenIssueTime": "2099-01-01T00:00:00Z"})
    revoked["Statement"][0]["Effect"] = "Deny"
    iam.put_role_policy(RoleName="worker", PolicyName="revoked", PolicyDocument=json.dumps(revoked))

    assert "explicit deny" in refusal(worker("iam").list_users)


@pytest.mark.parametrize("external_id", ["right", "wrong", None])
def test_a_role_is_assumed_as_its_trust_policy_says(
    iam: Any, as_user: Callable[..., Client], external_id: str | None
) -> None:
    trust = json.loads(TRUST)
    trust["Statement"][0]["Condition"] = {"StringEquals": {"sts:ExternalId": "right"}}
    role = iam.create_role(RoleName="other", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    somebody = as_user(allow("sts:AssumeRole", resource=role))
    arguments = {"RoleArn": role, "RoleSessionName": "test"}
    if external_id:
        arguments["ExternalId"] = external_id

    if external_id == "right":
        somebody("sts").assume_role(**arguments)
    else:
        assert f"not authorized to perform: sts:AssumeRole on resource: {role}" in refusal(
            somebody("sts").assume_role, **arguments
        )


def test_a_role_that_is_not_there_is_not_assumed(as_user: Callable[..., Client]) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/nobody"

    said = refusal(as_user(allow("*"))("sts").assume_role, RoleArn=role, RoleSessionName="test")

    assert "no resource-based policy allows the sts:AssumeRole action" in said


def test_a_model_is_invoked_through_its_profile_wherever_the_call_may_go(
    iam: Any, as_role: Callable[..., Client]
) -> None:
    profile = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/eu.{MODEL}"
    worker = as_role(allow("bedrock:InvokeModel", resource=[profile, f"arn:aws:bedrock:*::*/{MODEL}"]))
    arguments = {"modelId": f"eu.{MODEL}", "body": "{}"}
    worker("bedrock-runtime").invoke_model(**arguments)

    one_region = allow(
        "bedrock:InvokeModel", resource=[profile, f"arn:aws:bedrock:{REGION}::foundation-model/{MODEL}"]
    )
    iam.put_role_policy(RoleName="worker", PolicyName="inline", PolicyDocument=json.dumps(one_region))

    said = refusal(worker("bedrock-runtime").invoke_model, **arguments)
    assert said.startswith("AccessDeniedException: ")
    assert "bedrock:InvokeModel on resource: arn:aws:bedrock:eu-central-1::foundation-model/" in said


def test_a_secret_is_known_by_its_arn(
    server: AwsServer, secretsmanager: Any, as_user: Callable[..., Client]
) -> None:
    secretsmanager.create_secret(Name="key", SecretString="hunter2")
    arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:key-??????"
    somebody = as_user(allow("secretsmanager:GetSecretValue", resource=arn))

    assert somebody("secretsmanager").get_secret_value(SecretId="key")["SecretString"] == "hunter2"
    assert "on resource: arn" in refusal(somebody("secretsmanager").get_secret_value, SecretId="other")


def test_every_decision_is_noted_without_the_external_id(
    server: AwsServer, as_user: Callable[..., Client]
) -> None:
    somebody = as_user(allow("iam:ListUsers"))
    somebody("iam").list_users()
    with pytest.raises(ClientError):
        somebody("sts").assume_role(
            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", RoleSessionName="test", ExternalId="canary"
        )

    answer = httpx.get(f"{server.endpoint_url}/_sandbox/authorizations")

    assert [(one["action"], one["decision"]) for one in answer.json()["authorizations"]] == [
        ("iam:ListUsers", "Allowed"),
        ("sts:AssumeRole", "Denied"),
    ]
    assert "canary" not in answer.text


@pytest.fixture
def deployer(iam: Any, as_user: Callable[..., Client]) -> Any:
    """IAM as whoever deploys sees it, beside what is none of its business."""
    anything = json.dumps(allow("*"))
    iam.create_policy(PolicyName="boundary", PolicyDocument=anything)
    iam.create_policy(PolicyName="admin", PolicyDocument=anything)
    for name in ("other", "port-byollm-prod-admin"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    footprint = Footprint(
        ACCOUNT, REGION, Identity("role", "port-byollm-prod", BOUNDARY), ("port-byollm-prod-invoke",)
    )
    policies = deploy_policies(footprint, Purpose.DEPLOY)
    somebody: Any = as_user(*(policy.to_dict() for policy in policies))("iam")
    somebody.create_policy(PolicyName="port-byollm-prod-invoke", PolicyDocument=anything)
    somebody.create_role(
        RoleName="port-byollm-prod", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=BOUNDARY
    )
    return somebody


ROLE = {"RoleName": "port-byollm-prod"}
OTHER = {"RoleName": "other"}
NEW = {"AssumeRolePolicyDocument": TRUST, "PermissionsBoundary": BOUNDARY}
ADMIN = {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/admin"}
OWN = {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/port-byollm-prod-invoke"}
ANYTHING = {"PolicyDocument": json.dumps(allow("*"))}


def test_whoever_deploys_may_use_the_stacks_own_policy(deployer: Any) -> None:
    deployer.attach_role_policy(**ROLE, **OWN)


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("create_role", {"RoleName": "port-byollm-prod-2", **NEW}),
        ("create_role", {"RoleName": "port-byollm-prod", "Path": "/x/", **NEW}),
        ("create_user", {"UserName": "port-byollm-prod", "PermissionsBoundary": BOUNDARY}),
        ("attach_role_policy", ROLE | ADMIN),
        ("attach_role_policy", ROLE | {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        ("attach_role_policy", OTHER | OWN),
        ("attach_user_policy", {"UserName": "somebody", **OWN}),
        ("put_role_policy", ROLE | {"PolicyName": "inline"} | ANYTHING),
        ("put_user_policy", {"UserName": "somebody", "PolicyName": "inline"} | ANYTHING),
        ("create_policy", {"PolicyName": "more"} | ANYTHING),
        ("create_policy_version", ADMIN | ANYTHING | {"SetAsDefault": True}),
        ("create_policy_version", {"PolicyArn": BOUNDARY} | ANYTHING | {"SetAsDefault": True}),
        ("set_default_policy_version", {"PolicyArn": BOUNDARY, "VersionId": "v1"}),
        ("update_assume_role_policy", OTHER | {"PolicyDocument": TRUST}),
        ("update_assume_role_policy", {"RoleName": "port-byollm-prod-admin", "PolicyDocument": TRUST}),
        ("delete_role_permissions_boundary", ROLE),
        ("put_role_permissions_boundary", ROLE | {"PermissionsBoundary": ADMIN["PolicyArn"]}),
        ("detach_role_policy", ROLE | ADMIN),
        ("delete_role", OTHER),
        ("create_access_key", {"UserName": "somebody"}),
        ("create_login_profile", {"UserName": "somebody", "Password": "x" * 20}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_whoever_deploys_cannot_make_itself_more(
    deployer: Any, operation: str, arguments: Mapping[str, str]
) -> None:
    assert "is not authorized to perform: iam:" in refusal(getattr(deployer, operation), **arguments)


@pytest.mark.parametrize("boundary", [{}, {"PermissionsBoundary": ADMIN["PolicyArn"]}])
def test_whoever_deploys_makes_no_role_without_the_boundary(
    iam: Any, deployer: Any, boundary: Mapping[str, str]
) -> None:
    iam.delete_role(**ROLE)

    said = refusal(deployer.create_role, **ROLE, AssumeRolePolicyDocument=TRUST, **boundary)

    assert "perform: iam:CreateRole" in said


def test_whoever_deploys_gives_nothing_to_a_role_that_has_lost_its_boundary(iam: Any, deployer: Any) -> None:
    iam.delete_role_permissions_boundary(**ROLE)

    assert "perform: iam:AttachRolePolicy" in refusal(deployer.attach_role_policy, **ROLE, **OWN)
