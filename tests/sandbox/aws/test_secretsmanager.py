from typing import Any

import pytest
from botocore.exceptions import ClientError


def test_secret_and_its_versions(secretsmanager: Any) -> None:
    arn = secretsmanager.create_secret(Name="llm/openai@key", SecretString="first")["ARN"]
    secretsmanager.put_secret_value(SecretId="llm/openai@key", SecretString="second")
    assert secretsmanager.get_secret_value(SecretId=arn)["SecretString"] == "second"
    previous = secretsmanager.get_secret_value(SecretId=arn, VersionStage="AWSPREVIOUS")
    assert previous["SecretString"] == "first"


def test_binary_secret_comes_back_as_it_was(secretsmanager: Any) -> None:
    secretsmanager.create_secret(Name="key", SecretBinary=b"\x00\xff")
    assert secretsmanager.get_secret_value(SecretId="key")["SecretBinary"] == b"\x00\xff"


@pytest.mark.parametrize("name", ["open ai", "schlüssel", "a:b", "key\n"])
def test_name_that_aws_refuses(secretsmanager: Any, name: str) -> None:
    with pytest.raises(ClientError, match="Invalid name") as error:
        secretsmanager.create_secret(Name=name, SecretString="x")
    assert error.value.response["Error"]["Code"] == "ValidationException"


def test_missing_secret_is_not_found(secretsmanager: Any) -> None:
    with pytest.raises(ClientError) as error:
        secretsmanager.get_secret_value(SecretId="none")
    assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_secret_of_another_region_is_not_found(secretsmanager: Any, session: Any, server: Any) -> None:
    secretsmanager.create_secret(Name="key", SecretString="x")
    elsewhere = session.client("secretsmanager", "us-east-1", endpoint_url=server.endpoint_url)
    with pytest.raises(ClientError) as error:
        elsewhere.get_secret_value(SecretId="key")
    assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"
