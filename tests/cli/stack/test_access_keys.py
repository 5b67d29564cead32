from datetime import timedelta
from typing import Any

import boto3
import pytest

from port_byollm.cli.stack.access_keys import LAG, stray_keys
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


def test_only_a_key_that_the_state_does_not_know_is_a_stray(iam: Any, user: str) -> None:
    recorded, lost = made(iam, user)["AccessKeyId"], made(iam, user)["AccessKeyId"]
    [stray] = stray_keys(iam, user, {recorded})
    assert (stray.id, stray.last_used) == (lost, None)
    stray.delete(iam)
    assert ids(iam, user) == {recorded}


def test_nobody_can_tell_of_a_new_key_that_it_is_unused(iam: Any, user: str) -> None:
    made(iam, user)
    [stray] = stray_keys(iam, user, ())
    assert not stray.is_unused(stray.created + LAG - timedelta(seconds=1))
    assert stray.is_unused(stray.created + LAG)


def test_a_use_is_told(aws: AwsServer, iam: Any, user: str) -> None:
    key = made(iam, user)
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=REGION)
    session.client("sts", endpoint_url=aws.endpoint_url).get_caller_identity()
    [stray] = stray_keys(iam, user, ())
    assert stray.last_used is not None
    assert not stray.is_unused(stray.last_used + 2 * LAG)


def test_user_that_is_not_there_has_none(iam: Any) -> None:
    assert stray_keys(iam, "none", ()) == []
