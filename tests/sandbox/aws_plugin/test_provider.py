"""Configuration, functions, and what is not covered."""

import json
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, status_pb2

from port_byollm.plugin.values import plain

POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a:B", "Resource": "*"}]}


def refused(text: str) -> Any:
    return pytest.raises(grpc.aio.AioRpcError, match=text)


@pytest.mark.parametrize(
    "url", ["https://iam.amazonaws.com", "http://10.0.0.1:5000", "http://localhost.example.com", "iam"]
)
async def test_endpoint_that_leaves_the_machine_is_refused(unconfigured: Any, url: str) -> None:
    with refused("works on loopback only, and the endpoint of iam is"):
        await unconfigured.configure(endpoints=json.dumps([{"iam": url}]))


async def test_loopback_endpoint_is_used(unconfigured: Any) -> None:
    await unconfigured.configure(endpoints=json.dumps([{"sts": "http://127.0.0.1:9"}]))
    with refused("Could not connect to the endpoint URL"):
        await unconfigured.invoke("aws:index/getCallerIdentity:getCallerIdentity")


async def test_region_is_needed(unconfigured: Any) -> None:
    with refused("no region; set aws:region"):
        await unconfigured.configure(region="")


async def test_account_that_is_not_allowed_is_refused(unconfigured: Any) -> None:
    await unconfigured.configure(allowedAccountIds='["111122223333"]')
    with refused("AWS account ID not allowed: 111122223333; allowed: 444455556666"):
        await unconfigured.configure(allowedAccountIds='["444455556666"]')
    with refused("AWS account ID not allowed: 111122223333; it is forbidden"):
        await unconfigured.configure(forbiddenAccountIds='["111122223333"]')


async def test_assumed_role_acts_in_its_account(unconfigured: Any) -> None:
    role = {"roleArn": "arn:aws:iam::444455556666:role/deploy", "externalId": "id"}
    await unconfigured.configure(assumeRoles=json.dumps([role]), allowedAccountIds='["444455556666"]')
    policy = await unconfigured.made(POLICY, {"name": "invoke", "policy": DOCUMENT})
    assert policy.id == "arn:aws:iam::444455556666:policy/invoke"


async def test_default_tags_are_on_everything(unconfigured: Any, iam: Any) -> None:
    await unconfigured.configure(defaultTags=json.dumps({"tags": {"owner": "platform"}}))
    policy = await unconfigured.made(POLICY, {"name": "invoke", "policy": DOCUMENT, "tags": {"team": "a"}})
    assert policy.outputs["tags"] == {"team": "a"}
    assert policy.outputs["tagsAll"] == {"owner": "platform", "team": "a"}
    await policy.refresh()
    assert policy.outputs["tags"] == {"team": "a"}
    assert not (await policy.diff()).diffs
    await unconfigured.configure(defaultTags=json.dumps({"tags": {"owner": "other"}}))
    assert list((await policy.diff()).diffs) == ["tagsAll"]
    await policy.update()
    tags = {tag["Key"]: tag["Value"] for tag in iam.list_policy_tags(PolicyArn=policy.id)["Tags"]}
    assert tags == {"owner": "other", "team": "a"}


async def test_what_was_made_and_may_not_be_read_is_kept(unconfigured: Any, iam: Any) -> None:
    iam.create_user(UserName="writer")
    may = {"Effect": "Allow", "Action": "iam:CreatePolicy", "Resource": "*"}
    writing = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    iam.put_user_policy(UserName="writer", PolicyName="writing", PolicyDocument=writing)
    key = iam.create_access_key(UserName="writer")["AccessKey"]
    await unconfigured.configure(accessKey=key["AccessKeyId"], secretKey=key["SecretAccessKey"])

    with refused("not authorized to perform: iam:GetPolicy") as caught:
        await unconfigured.made(POLICY, {"name": "invoke", "policy": DOCUMENT})

    status = status_pb2.Status.FromString(dict(caught.value.trailing_metadata())["grpc-status-details-bin"])
    kept = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(kept)
    assert kept.id == "arn:aws:iam::111122223333:policy/invoke"
    assert kept.properties["name"] == "invoke"


async def test_functions(engine: Any) -> None:
    caller = await engine.invoke("aws:index/getCallerIdentity:getCallerIdentity")
    assert (caller["accountId"], caller["id"]) == ("111122223333", "111122223333")
    region = await engine.invoke("aws:index/getRegion:getRegion")
    assert (region["region"], region["description"]) == ("eu-west-1", "Europe (Ireland)")
    partition = await engine.invoke("aws:index/getPartition:getPartition")
    assert (partition["partition"], partition["dnsSuffix"]) == ("aws", "amazonaws.com")


async def test_what_is_not_covered_is_said(engine: Any) -> None:
    with refused("does not cover the type aws:s3/bucket:Bucket; it covers .*aws:iam/role:Role"):
        await engine.check("aws:s3/bucket:Bucket", {})
    with refused("does not cover the function aws:s3/getBucket:getBucket; it covers"):
        await engine.invoke("aws:s3/getBucket:getBucket")


async def test_use_before_configuration_is_said(unconfigured: Any) -> None:
    with refused("was used before it was configured"):
        await unconfigured.invoke("aws:index/getRegion:getRegion")


async def test_own_aws_set_up_of_the_user_is_not_used(
    unconfigured: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "missing")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    await unconfigured.configure(region="ap-southeast-4", allowedAccountIds='["111122223333"]')


async def test_refresh_of_an_interrupted_creation_finds_what_is_there(engine: Any) -> None:
    """Its state has inputs only; what AWS does not tell comes from them."""
    trust = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}]}
    role = await engine.made(
        ROLE,
        {
            "name": "gateway",
            "assumeRolePolicy": trust | {"Version": "2012-10-17"},
            "forceDetachPolicies": True,
        },
    )
    found_id, outputs, inputs = await engine.read(ROLE, "gateway", {}, role.inputs)
    assert (found_id, plain(outputs)) == ("gateway", role.outputs)
    assert plain(inputs) == plain(role.inputs)
    assert not (await engine.diff(ROLE, found_id, outputs, role.inputs)).diffs
