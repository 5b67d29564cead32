from typing import Any

import grpc
import pytest

VERSION = "aws:secretsmanager/getSecretVersion:getSecretVersion"


async def test_secret_is_read_by_name_arn_stage_and_version(engine: Any, secretsmanager: Any) -> None:
    created = secretsmanager.create_secret(Name="openai", SecretString="first")
    secretsmanager.put_secret_value(SecretId="openai", SecretString="second")
    current = await engine.invoke(VERSION, secretId="openai")
    assert (current["secretString"], current["versionStages"]) == ("second", ["AWSCURRENT"])
    assert (current["id"], current["arn"]) == ("openai|AWSCURRENT", created["ARN"])
    by_arn = await engine.invoke(VERSION, secretId=created["ARN"], versionStage="AWSPREVIOUS")
    assert by_arn["secretString"] == "first"
    by_id = await engine.invoke(VERSION, secretId="openai", versionId=created["VersionId"])
    assert by_id["secretString"] == "first"


async def test_binary_secret_is_given_as_text(engine: Any, secretsmanager: Any) -> None:
    secretsmanager.create_secret(Name="openai", SecretBinary=b"key")
    found = await engine.invoke(VERSION, secretId="openai")
    assert (found["secretString"], found["secretBinary"]) == ("", "key")


async def test_secret_of_another_region(engine: Any, session: Any, server: Any) -> None:
    elsewhere = session.client("secretsmanager", "us-east-1", endpoint_url=server.endpoint_url)
    elsewhere.create_secret(Name="openai", SecretString="there")
    assert (await engine.invoke(VERSION, secretId="openai", region="us-east-1"))["secretString"] == "there"
    with pytest.raises(grpc.aio.AioRpcError, match="GetSecretValue: ResourceNotFoundException"):
        await engine.invoke(VERSION, secretId="openai")
