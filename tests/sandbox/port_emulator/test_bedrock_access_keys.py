"""Connection tests of Bedrock by a user's access keys, which moto's STS is asked about."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from port_byollm_sandbox.aws.server import AwsServer

from .bedrock import ACCOUNT, HAIKU, REGION, SONNET, denial, overrides, policies, without

CONFIG = {"accessKeyIdSecretName": "id", "secretAccessKeySecretName": "secret", "region": REGION}
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/gateway"


@pytest.fixture
def aws_endpoint_url(aws: AwsServer) -> str:
    return aws.endpoint_url


def create_user(
    iam: Any,
    attached: list[dict[str, Any]],
    *,
    inline: Mapping[str, Any] | None = None,
    boundary: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """The user's access key."""
    arguments = {}
    if boundary is not None:
        created = iam.create_policy(PolicyName="boundary", PolicyDocument=json.dumps(boundary))
        arguments["PermissionsBoundary"] = created["Policy"]["Arn"]
    iam.create_user(UserName="gateway", **arguments)
    for number, document in enumerate(attached):
        created = iam.create_policy(PolicyName=f"policy-{number}", PolicyDocument=json.dumps(document))
        iam.attach_user_policy(UserName="gateway", PolicyArn=created["Policy"]["Arn"])
    if inline is not None:
        iam.put_user_policy(UserName="gateway", PolicyName="inline", PolicyDocument=json.dumps(inline))
    key: dict[str, str] = iam.create_access_key(UserName="gateway")["AccessKey"]
    return key


async def store_key(admin: httpx.AsyncClient, key: Mapping[str, str], secret: str | None = None) -> None:
    values = {"id": key["AccessKeyId"], "secret": key["SecretAccessKey"] if secret is None else secret}
    for name, value in values.items():
        stored = await admin.post("/v1/organization/secrets", json={"secretName": name, "secretValue": value})
        assert stored.status_code == 201


async def register(admin: httpx.AsyncClient, *models: str, **config: str) -> httpx.Response:
    body = {"config": CONFIG | config, "overrides": overrides(*models)}
    return await admin.put("/v1/llm-providers/bedrock?validate_connection=true", json=body)


async def test_a_right_connection_is_saved(admin: httpx.AsyncClient, iam: Any) -> None:
    await store_key(admin, create_user(iam, policies(SONNET, HAIKU)))
    answer = await register(admin, SONNET, HAIKU)
    assert answer.status_code == 200, answer.text
    assert (await admin.get("/v1/llm-providers/bedrock")).json() == answer.json()


async def test_a_denied_model_is_named_with_its_user(admin: httpx.AsyncClient, iam: Any) -> None:
    await store_key(admin, create_user(iam, policies(HAIKU)))
    answer = await register(admin, SONNET, HAIKU)
    assert denial(answer).startswith(
        f"AccessDeniedException: User: {USER_ARN} is not authorized to perform: bedrock:InvokeModel on"
    )
    assert answer.json()["details"]["testedModels"][HAIKU]["isValid"] is True
    assert (await admin.get("/v1/llm-providers/bedrock")).status_code == 404


async def test_both_secrets_must_exist(admin: httpx.AsyncClient) -> None:
    assert denial(await register(admin, SONNET)) == "Secret 'id' does not exist in Port"


@pytest.mark.parametrize("secret", ["x" * 40, ""])
async def test_the_secret_access_key_must_be_the_keys(
    admin: httpx.AsyncClient, iam: Any, secret: str
) -> None:
    await store_key(admin, create_user(iam, policies(SONNET)), secret)
    message = denial(await register(admin, SONNET))
    assert message.startswith("InvalidSignatureException: ")
    assert "secret 'secret'" in message


async def test_a_new_key_can_be_made_to_wait(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, iam: Any
) -> None:
    await store_key(admin, create_user(iam, policies(SONNET)))
    await anonymous.post("/_emulator/faults", json={"path": "/v1/llm-providers/*", "iamDelaySeconds": 60})
    assert "is not known yet" in denial(await register(admin, SONNET))
    assert (await register(admin, SONNET)).status_code == 200


@pytest.mark.parametrize("change", ["deactivate", "delete"])
async def test_the_key_must_be_active(admin: httpx.AsyncClient, iam: Any, change: str) -> None:
    key = create_user(iam, policies(SONNET))
    await store_key(admin, key)
    which = {"UserName": "gateway", "AccessKeyId": key["AccessKeyId"]}
    if change == "delete":
        iam.delete_access_key(**which)
    else:
        iam.update_access_key(**which, Status="Inactive")
    message = denial(await register(admin, SONNET))
    assert message.startswith("UnrecognizedClientException: ")
    assert "no active access key has the id in secret 'id'" in message


async def test_secrets_that_were_mixed_up_are_not_repeated(admin: httpx.AsyncClient, iam: Any) -> None:
    key = create_user(iam, policies(SONNET))
    await store_key(admin, {"AccessKeyId": key["SecretAccessKey"], "SecretAccessKey": key["AccessKeyId"]})
    answer = await register(admin, SONNET)
    assert "secret 'id' does not hold a user's access key id" in denial(answer)
    assert key["SecretAccessKey"] not in answer.text


async def test_both_keys_of_a_rotation_work(admin: httpx.AsyncClient, iam: Any) -> None:
    await store_key(admin, create_user(iam, policies(SONNET)))
    second = iam.create_access_key(UserName="gateway")["AccessKey"]
    for name, value in (("id-2", second["AccessKeyId"]), ("secret-2", second["SecretAccessKey"])):
        await admin.post("/v1/organization/secrets", json={"secretName": name, "secretValue": value})
    assert (await register(admin, SONNET)).status_code == 200
    switched = {"accessKeyIdSecretName": "id-2", "secretAccessKeySecretName": "secret-2"}
    assert (await register(admin, SONNET, **switched)).status_code == 200


async def test_inline_policies_count(admin: httpx.AsyncClient, iam: Any) -> None:
    deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    await store_key(admin, create_user(iam, policies(SONNET), inline=deny))
    assert "denies it" in denial(await register(admin, SONNET))


async def test_a_groups_policies_count(admin: httpx.AsyncClient, iam: Any) -> None:
    await store_key(admin, create_user(iam, []))
    assert "AccessDeniedException" in denial(await register(admin, SONNET))
    [document] = policies(SONNET)
    iam.create_group(GroupName="models")
    iam.put_group_policy(GroupName="models", PolicyName="invoke", PolicyDocument=json.dumps(document))
    iam.add_user_to_group(GroupName="models", UserName="gateway")
    assert (await register(admin, SONNET)).status_code == 200


async def test_a_boundary_must_allow_every_destination(admin: httpx.AsyncClient, iam: Any) -> None:
    [granted] = policies(SONNET)
    await store_key(admin, create_user(iam, [granted], boundary=without(granted, "eu-south-2")))
    message = denial(await register(admin, SONNET))
    assert "arn:aws:bedrock:eu-south-2::foundation-model/" in message
    assert "boundary" in message
