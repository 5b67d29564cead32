"""All that an update makes is changed, or deleted, behind its back: `refresh` finds it, and `up` mends it."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import USE_CASE, Local

HAIKU = "claude-haiku-4-5-20251001"
ANTHROPIC = [f"anthropic.{model}-v1:0" for model in ("claude-sonnet-4-5-20250929", HAIKU)]
NAME = "port-byollm-local"
STEP = re.compile(r"^ [-~]+ +(\S+) (\S+) (updated|deleted) ", re.MULTILINE)
SOMEBODY = "arn:aws:iam::185657066287:role/port-ai-bring-your-own-llm-us-east-1"


def change_port(local: Local) -> set[str]:
    with local.port() as port:
        for name in _secrets(local):
            value = {"secretValue": "another"}
            port.patch(f"/v1/organization/secrets/{name}", json=value).raise_for_status()
        defaults = {"provider": "bedrock", "model": HAIKU}
        port.put("/v1/llm-providers/defaults", json=defaults).raise_for_status()
        provider = port.get("/v1/llm-providers/bedrock").json()["result"]
        body = {"config": provider["config"], "enabled": False}
        port.put("/v1/llm-providers/bedrock", json=body).raise_for_status()
    return {"port-byollm:index:Secret", "port-byollm:index:LlmProvider", "port-byollm:index:LlmDefaults"}


def delete_port(local: Local) -> set[str]:
    with local.port() as port:
        port.delete("/v1/llm-providers/bedrock").raise_for_status()
        for name in _secrets(local):
            port.delete(f"/v1/organization/secrets/{name}").raise_for_status()
    return {"port-byollm:index:Secret", "port-byollm:index:LlmProvider"}


def change_role(iam: Any) -> set[str]:
    _change_policy(iam)
    trust = iam.get_role(RoleName=NAME)["Role"]["AssumeRolePolicyDocument"]
    trust["Statement"][0]["Principal"] = {"AWS": SOMEBODY}
    iam.update_assume_role_policy(RoleName=NAME, PolicyDocument=json.dumps(trust))
    return {"aws:iam:Policy", "aws:iam:Role"}


def delete_role(iam: Any) -> set[str]:
    iam.detach_role_policy(RoleName=NAME, PolicyArn=_policy(iam))
    _delete_policy(iam)
    iam.delete_role(RoleName=NAME)
    return {"aws:iam:Policy", "aws:iam:Role", "aws:iam:RolePolicyAttachment"}


def change_user(iam: Any) -> set[str]:
    _change_policy(iam)
    iam.tag_user(UserName=NAME, Tags=[{"Key": "environment", "Value": "theirs"}])
    [key] = iam.list_access_keys(UserName=NAME)["AccessKeyMetadata"]
    iam.update_access_key(UserName=NAME, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    return {"aws:iam:Policy", "aws:iam:User", "aws:iam:AccessKey"}


def delete_user(iam: Any) -> set[str]:
    iam.detach_user_policy(UserName=NAME, PolicyArn=_policy(iam))
    _delete_policy(iam)
    [key] = iam.list_access_keys(UserName=NAME)["AccessKeyMetadata"]
    iam.delete_access_key(UserName=NAME, AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName=NAME)
    return {"aws:iam:Policy", "aws:iam:User", "aws:iam:UserPolicyAttachment", "aws:iam:AccessKey"}


def _policy(iam: Any) -> str:
    [policy] = iam.list_policies(Scope="Local")["Policies"]
    return str(policy["Arn"])


def _change_policy(iam: Any) -> None:
    statement = {"Effect": "Allow", "Action": "bedrock:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_policy_version(PolicyArn=_policy(iam), PolicyDocument=document, SetAsDefault=True)


def _delete_policy(iam: Any) -> None:
    arn = _policy(iam)
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=arn)


def _secrets(local: Local) -> list[str]:
    with local.port() as port:
        return [each["secretName"] for each in port.get("/v1/organization/secrets").json()["secrets"]]


def _sides(local: Local) -> dict[str, Any]:
    """Both, without what is another once something is made again: ids, dates and secrets' values."""
    iam, paths = local.iam(), ("llm-providers/bedrock", "llm-providers/defaults")
    version = iam.get_policy(PolicyArn=_policy(iam))["Policy"]["DefaultVersionId"]
    roles, users = iam.list_roles()["Roles"], iam.list_users()["Users"]
    with local.port() as port:
        found = [port.get(f"/v1/{path}").raise_for_status().json()["result"] for path in paths]
    return {
        "port": [{key: each[key] for key in each if not key.endswith(("At", "By"))} for each in found],
        "secrets": sorted(_secrets(local)),
        "policy": iam.get_policy_version(PolicyArn=_policy(iam), VersionId=version)["PolicyVersion"][
            "Document"
        ],
        "trust": [role["AssumeRolePolicyDocument"] for role in roles],
        "attached": [iam.list_attached_role_policies(RoleName=NAME)["AttachedPolicies"] for _ in roles]
        + [iam.list_attached_user_policies(UserName=NAME)["AttachedPolicies"] for _ in users],
        "tags": [iam.list_user_tags(UserName=NAME)["Tags"] for _ in users],
        "keys": [
            [key["Status"] for key in iam.list_access_keys(UserName=NAME)["AccessKeyMetadata"]] for _ in users
        ],
    }


@pytest.mark.parametrize(
    ("auth", "change", "delete"),
    [("role", change_role, delete_role), ("access-keys", change_user, delete_user)],
    ids=["role", "access-keys"],
)
def test_refresh_finds_what_was_changed_or_deleted_and_up_mends_it(
    local: Local, auth: str, change: Callable[[Any], set[str]], delete: Callable[[Any], set[str]]
) -> None:
    local.configure(bedrock={"auth": auth})
    local.up()
    before = _sides(local)

    for change_side, change_aws, verb in (
        (change_port, change, "updated"),
        (delete_port, delete, "deleted"),
    ):
        drifted = change_side(local) | change_aws(local.iam())

        refreshed = STEP.findall(local.pulumi("refresh", "--yes", "--skip-preview").stdout)
        assert {kind for kind, _, done in refreshed if done == verb} == drifted

        local.up()
        assert _sides(local) == before
        assert "unchanged" in local.up("--expect-no-changes").stdout


def test_what_was_added_to_a_role_is_no_change_and_verify_finds_it(local: Local) -> None:
    local.up()
    statement = {"Effect": "Allow", "Action": ["s3:*", "bedrock:*"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    local.iam().put_role_policy(RoleName=NAME, PolicyName="more", PolicyDocument=document)

    local.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    local.up("--expect-no-changes")

    assert local.iam().list_role_policies(RoleName=NAME)["PolicyNames"] == ["more"]
    config = ("--config-file", str(local.config_file))
    done = local.command("verify", "--stack", "local", *config, check=False)
    assert (done.returncode, "The proof FAILS" in done.stdout) == (1, True)
    # Nor does a preview take it for what the program gives.
    assert local.command("verify", "--stack", "local", "--preview", *config).returncode == 0


def test_refresh_finds_what_was_claimed_or_agreed_and_is_no_more(local: Local) -> None:
    local.configure(
        target={"awsAccountId": "111122223333", "portOrganization": "sandbox"},
        bedrock={"modelAccess": {"useCase": USE_CASE, "agreements": True}},
    )
    local.up()
    bedrock = local.aws("bedrock")
    agreed = [model for model in ANTHROPIC if _is_agreed(bedrock, model)]
    assert agreed
    claims = sorted(name for name in _secrets(local) if name.startswith("port-byollm-owner-"))
    assert claims == ["port-byollm-owner-bedrock", "port-byollm-owner-defaults"]

    with local.port() as port:
        port.delete(f"/v1/organization/secrets/{claims[0]}").raise_for_status()
    for model in agreed:
        bedrock.delete_foundation_model_agreement(modelId=model)

    refreshed = STEP.findall(local.pulumi("refresh", "--yes", "--skip-preview").stdout)
    assert {(kind, done) for kind, _, done in refreshed} == {
        ("port-byollm:index:Ownership", "updated"),
        ("aws:bedrockfoundation:ModelAgreement", "deleted"),
    }

    local.up()
    assert [model for model in ANTHROPIC if _is_agreed(bedrock, model)] == agreed
    assert set(claims) <= set(_secrets(local))
    assert "unchanged" in local.up("--expect-no-changes").stdout


def _is_agreed(bedrock: Any, model: str) -> bool:
    found = bedrock.get_foundation_model_availability(modelId=model)
    return bool(found["agreementAvailability"]["status"] == "AVAILABLE")
