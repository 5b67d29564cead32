"""GetCallerIdentity with an IAM user's keys: what AWS refuses and moto takes."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from port_byollm_sandbox.aws.server import AwsServer

from .conftest import ACCOUNT, REGION


@pytest.fixture
def key(iam: Any) -> dict[str, str]:
    iam.create_user(UserName="gateway")
    created: dict[str, str] = iam.create_access_key(UserName="gateway")["AccessKey"]
    return created


def caller(server: AwsServer, key_id: str, secret: str) -> str:
    """The caller's ARN, or the code of the refusal."""
    sts = boto3.client(
        "sts",
        region_name=REGION,
        endpoint_url=server.endpoint_url,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
    )
    try:
        arn: str = sts.get_caller_identity()["Arn"]
    except ClientError as error:
        code: str = error.response["Error"]["Code"]
        return code
    finally:
        sts.close()
    return arn


def test_a_users_keys_are_the_users(server: AwsServer, key: dict[str, str]) -> None:
    assert (
        caller(server, key["AccessKeyId"], key["SecretAccessKey"]) == f"arn:aws:iam::{ACCOUNT}:user/gateway"
    )


def test_a_wrong_secret_is_refused(server: AwsServer, key: dict[str, str]) -> None:
    assert caller(server, key["AccessKeyId"], "x" * 40) == "SignatureDoesNotMatch"


def test_an_inactive_key_is_refused(server: AwsServer, iam: Any, key: dict[str, str]) -> None:
    iam.update_access_key(UserName="gateway", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert caller(server, key["AccessKeyId"], key["SecretAccessKey"]) == "InvalidClientTokenId"


def test_a_deleted_key_is_refused(server: AwsServer, iam: Any, key: dict[str, str]) -> None:
    iam.delete_access_key(UserName="gateway", AccessKeyId=key["AccessKeyId"])
    assert caller(server, key["AccessKeyId"], key["SecretAccessKey"]) == "InvalidClientTokenId"


def test_other_keys_are_the_accounts_own(server: AwsServer) -> None:
    assert caller(server, "port-byollm-sandbox", "any").startswith(f"arn:aws:sts::{ACCOUNT}:")
