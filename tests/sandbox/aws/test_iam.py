"""What AWS refuses is refused here, with AWS's code and words; what it takes is taken."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "111122223333"
GATEWAY = "arn:aws:iam::185657066287:role/gateway"
MISSING = f"arn:aws:iam::{ACCOUNT}:policy/missing"


def policy(**statement: Any) -> str:
    allowed = {"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed | statement]})


def policy_of_size(characters: int) -> str:
    document = policy(Sid="")
    return policy(Sid="x" * (characters - len("".join(document.split()))))


def trust(principal: Any = None, **statement: Any) -> str:
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal or {"AWS": GATEWAY}}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed | statement]})


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    answer = refused.value.response
    return (
        answer["Error"]["Code"],
        answer["Error"]["Message"],
        answer["ResponseMetadata"]["HTTPStatusCode"],
    )


@pytest.fixture
def role(iam: Any) -> str:
    iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=trust())
    return "gateway"


@pytest.fixture
def policy_arn(iam: Any) -> str:
    arn: str = iam.create_policy(PolicyName="invoke", PolicyDocument=policy())["Policy"]["Arn"]
    return arn


@pytest.mark.parametrize("name", ["x" * 65, "with space", "with/slash"])
def test_role_name_must_be_one_that_aws_takes(iam: Any, name: str) -> None:
    code, message, status = refusal(iam.create_role, RoleName=name, AssumeRolePolicyDocument=trust())
    assert (code, status) == ("ValidationError", 400)
    assert message.startswith(f"1 validation error detected: Value '{name}' at 'roleName' failed to satisfy")


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("create_policy", {"PolicyName": "x" * 129, "PolicyDocument": policy()}),
        ("create_policy", {"PolicyName": "ok", "Path": "no-slash", "PolicyDocument": policy()}),
        ("create_user", {"UserName": "x" * 65}),
        ("create_role", {"RoleName": "r", "AssumeRolePolicyDocument": trust(), "MaxSessionDuration": 43_201}),
        ("create_role", {"RoleName": "r", "AssumeRolePolicyDocument": trust(), "Description": "x" * 1001}),
    ],
)
def test_parameters_are_held_to_the_limits_of_the_service_model(
    iam: Any, call: str, arguments: dict[str, Any]
) -> None:
    assert refusal(getattr(iam, call), **arguments)[0] == "ValidationError"


def test_two_broken_limits_are_told_together(iam: Any) -> None:
    _, message, _ = refusal(iam.create_role, RoleName="a b", Path="x", AssumeRolePolicyDocument=trust())
    assert message.startswith("2 validation errors detected: Value 'x' at 'path'") or "'roleName'" in message
    assert "'path'" in message


def test_policy_of_6144_characters_is_taken_and_one_more_refused(iam: Any) -> None:
    iam.create_policy(PolicyName="fits", PolicyDocument=policy_of_size(6144))
    code, message, status = refusal(
        iam.create_policy, PolicyName="exceeds", PolicyDocument=policy_of_size(6145)
    )
    assert (code, status) == ("LimitExceeded", 409)
    assert message == "Cannot exceed quota for PolicySize: 6144"


def test_white_space_does_not_count_against_the_policy_size(iam: Any) -> None:
    spacious = json.dumps(json.loads(policy_of_size(6144)), indent=40)
    assert len(spacious) > 6144
    iam.create_policy(PolicyName="spacious", PolicyDocument=spacious)


def test_policy_version_is_held_to_the_same_size(iam: Any, policy_arn: str) -> None:
    arguments = {"PolicyArn": policy_arn, "PolicyDocument": policy_of_size(6145)}
    assert refusal(iam.create_policy_version, **arguments)[0] == "LimitExceeded"


def test_policy_name_is_unique_across_paths(iam: Any, policy_arn: str) -> None:
    arguments = {"PolicyName": "invoke", "Path": "/other/", "PolicyDocument": policy()}
    assert refusal(iam.create_policy, **arguments)[0] == "EntityAlreadyExists"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ({"Principal": "*"}, "Policy document should not specify a principal."),
        ({"Sid": "with-hyphen"}, "Statement IDs (SID) must be alpha-numeric."),
        ({"Effect": "Maybe"}, "Syntax errors in policy."),
        ({"Resource": "no-arn"}, 'Resource no-arn must be in ARN format or "*".'),
    ],
)
def test_malformed_identity_policy_is_refused(iam: Any, statement: dict[str, Any], message: str) -> None:
    code, said, _ = refusal(iam.create_policy, PolicyName="p", PolicyDocument=policy(**statement))
    assert code == "MalformedPolicyDocument"
    assert said.startswith(message)


def test_numbers_and_booleans_are_condition_values(iam: Any, policy_arn: str) -> None:
    conditions = {"NumericLessThan": {"aws:MultiFactorAuthAge": 300}, "Bool": {"aws:SecureTransport": [True]}}
    document = policy(Condition=conditions)
    iam.create_policy_version(PolicyArn=policy_arn, PolicyDocument=document, SetAsDefault=True)
    kept = iam.get_policy_version(PolicyArn=policy_arn, VersionId="v2")["PolicyVersion"]["Document"]
    assert json.dumps(kept["Statement"][0]["Condition"]) == json.dumps(conditions)


def test_attached_policy_is_not_deleted(iam: Any, role: str, policy_arn: str) -> None:
    iam.attach_role_policy(RoleName=role, PolicyArn=policy_arn)
    assert refusal(iam.delete_policy, PolicyArn=policy_arn) == (
        "DeleteConflict",
        "Cannot delete a policy attached to entities.",
        409,
    )
    iam.detach_role_policy(RoleName=role, PolicyArn=policy_arn)
    iam.delete_policy(PolicyArn=policy_arn)


def test_policy_that_is_a_boundary_is_not_deleted(iam: Any, role: str, policy_arn: str) -> None:
    iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=policy_arn)
    assert refusal(iam.delete_policy, PolicyArn=policy_arn)[0] == "DeleteConflict"


def test_policy_with_other_versions_is_not_deleted(iam: Any, policy_arn: str) -> None:
    iam.create_policy_version(PolicyArn=policy_arn, PolicyDocument=policy(), SetAsDefault=True)
    code, message, _ = refusal(iam.delete_policy, PolicyArn=policy_arn)
    assert code == "DeleteConflict"
    assert "more than one version" in message
    iam.delete_policy_version(PolicyArn=policy_arn, VersionId="v1")
    iam.delete_policy(PolicyArn=policy_arn)


def test_attaching_twice_counts_once(iam: Any, role: str, policy_arn: str) -> None:
    for _ in range(2):
        iam.attach_role_policy(RoleName=role, PolicyArn=policy_arn)
    assert iam.get_policy(PolicyArn=policy_arn)["Policy"]["AttachmentCount"] == 1


def test_role_takes_ten_policies(iam: Any, role: str) -> None:
    arns = [
        iam.create_policy(PolicyName=f"p{number}", PolicyDocument=policy())["Policy"]["Arn"]
        for number in range(11)
    ]
    for arn in arns[:10]:
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    code, message, _ = refusal(iam.attach_role_policy, RoleName=role, PolicyArn=arns[10])
    assert (code, message) == ("LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10")


@pytest.mark.parametrize(
    "document",
    [
        "xx",
        "{}",
        trust(Principal={}),
        trust(Resource="*"),
        trust({"AWS": "junk"}),
        trust({"AWS": "arn:aws:iam::185657066287:role/gate*?"}),
        trust({"AWS": "arn:aws:iam::1234:root"}),
        trust({"Robot": GATEWAY}),
        trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/missing"}),
        trust(Sid="with-hyphen"),
    ],
)
def test_malformed_trust_policy_is_refused_on_create_and_update(iam: Any, role: str, document: str) -> None:
    on_create = refusal(iam.create_role, RoleName="other", AssumeRolePolicyDocument=document)
    on_update = refusal(iam.update_assume_role_policy, RoleName=role, PolicyDocument=document)
    assert on_create == on_update
    assert on_create[0] == "MalformedPolicyDocument"


def test_trust_policy_without_a_principal_is_refused(iam: Any) -> None:
    document = json.loads(trust())
    del document["Statement"][0]["Principal"]
    _, message, _ = refusal(iam.create_role, RoleName="r", AssumeRolePolicyDocument=json.dumps(document))
    assert message == "Missing required field Principal"


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": [GATEWAY, "185657066287"]},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:role/gateway"},
        {"AWS": "*"},
        "*",
        {"Service": "bedrock.amazonaws.com"},
        {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"},
    ],
)
def test_principals_that_iam_knows_are_taken(iam: Any, role: str, principal: Any) -> None:
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust(principal))


def test_trust_policy_of_the_older_version_is_taken(iam: Any) -> None:
    document = json.dumps(json.loads(trust()) | {"Version": "2008-10-17"})
    iam.create_role(RoleName="older", AssumeRolePolicyDocument=document)


def test_trust_policy_takes_2048_characters(iam: Any) -> None:
    ids = [f"{number:040}" for number in range(50)]
    document = trust(Condition={"StringEquals": {"sts:ExternalId": ids}})
    code, message, _ = refusal(iam.create_role, RoleName="r", AssumeRolePolicyDocument=document)
    assert (code, message) == ("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048")


def test_inline_policies_take_10240_characters_together(iam: Any, role: str) -> None:
    iam.put_role_policy(RoleName=role, PolicyName="a", PolicyDocument=policy_of_size(6000))
    iam.put_role_policy(RoleName=role, PolicyName="b", PolicyDocument=policy_of_size(4240))
    iam.put_role_policy(RoleName=role, PolicyName="b", PolicyDocument=policy_of_size(4240))
    arguments = {"RoleName": role, "PolicyName": "b", "PolicyDocument": policy_of_size(4241)}
    code, message, _ = refusal(iam.put_role_policy, **arguments)
    assert code == "LimitExceeded"
    assert message == "Maximum policy size of 10240 bytes exceeded for role gateway"


def test_boundary_must_exist(iam: Any, role: str) -> None:
    arguments = {"AssumeRolePolicyDocument": trust(), "PermissionsBoundary": MISSING}
    refused = ("NoSuchEntity", f"Scope ARN: {MISSING} does not exist or is not attachable.", 404)
    assert refusal(iam.create_role, RoleName="r", **arguments) == refused
    assert refusal(iam.put_role_permissions_boundary, RoleName=role, PermissionsBoundary=MISSING) == refused
    assert refusal(iam.create_user, UserName="u", PermissionsBoundary=MISSING) == refused


def test_user_keeps_its_boundary(iam: Any, policy_arn: str) -> None:
    iam.create_user(UserName="u", PermissionsBoundary=policy_arn)
    boundary = iam.get_user(UserName="u")["User"]["PermissionsBoundary"]
    assert boundary["PermissionsBoundaryArn"] == policy_arn
    assert refusal(iam.delete_policy, PolicyArn=policy_arn)[0] == "DeleteConflict"
    iam.delete_user_permissions_boundary(UserName="u")
    assert "PermissionsBoundary" not in iam.get_user(UserName="u")["User"]


def test_user_with_access_keys_is_not_deleted(iam: Any) -> None:
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]["AccessKeyId"]
    assert refusal(iam.delete_user, UserName="u")[:2] == (
        "DeleteConflict",
        "Cannot delete entity, must delete access keys first.",
    )
    iam.delete_access_key(UserName="u", AccessKeyId=key)
    iam.delete_user(UserName="u")
