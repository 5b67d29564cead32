from datetime import datetime
from typing import Any

import boto3
import pytest

from port_byollm.cli.access_keys import delete_strays
from port_byollm_sandbox.aws.server import AwsServer

REGION = "eu-west-1"


@pytest.fixture
def iam(aws: AwsServer) -> Any:
    return boto3.Session("key", "secret", region_name=REGION).client("iam", endpoint_url=aws.endpoint_url)


@pytest.fixture
def user(iam: Any) -> str:
    iam.create_user(UserName="keys")
    return "keys"


def made(iam: Any, user: str) -> dict[str, str]:
    key: dict[str, str] = iam.create_access_key(UserName=user)["AccessKey"]
    return key


def ids(iam: Any, user: str) -> set[str]:
    return {key["AccessKeyId"] for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]}


def test_key_that_the_state_does_not_know_is_deleted(iam: Any, user: str) -> None:
    recorded, lost = made(iam, user)["AccessKeyId"], made(iam, user)["AccessKeyId"]
    assert delete_strays(iam, user, {recorded}) == ([lost], {})
    assert ids(iam, user) == {recorded}


def test_key_that_somebody_uses_stays(aws: AwsServer, iam: Any, user: str) -> None:
    key = made(iam, user)
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=REGION)
    session.client("sts", endpoint_url=aws.endpoint_url).get_caller_identity()
    deleted, used = delete_strays(iam, user, ())
    assert deleted == []
    assert [(key_id, type(moment)) for key_id, moment in used.items()] == [(key["AccessKeyId"], datetime)]
    assert ids(iam, user) == {key["AccessKeyId"]}


def test_user_that_is_not_there_has_none(iam: Any) -> None:
    assert delete_strays(iam, "none", ()) == ([], {})
