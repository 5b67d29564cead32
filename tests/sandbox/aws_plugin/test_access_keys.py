from typing import Any

import pytest

from port_byollm_sandbox.aws.server import AwsServer
from port_byollm_sandbox.aws_plugin.access_keys import delete_unrecorded


@pytest.fixture
def user(iam: Any) -> str:
    iam.create_user(UserName="keys")
    return "keys"


def made(iam: Any, user: str) -> dict[str, str]:
    key: dict[str, str] = iam.create_access_key(UserName=user)["AccessKey"]
    return key


def ids(iam: Any, user: str) -> set[str]:
    return {key["AccessKeyId"] for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]}


def test_key_that_the_state_does_not_know_is_deleted(server: AwsServer, iam: Any, user: str) -> None:
    recorded, lost = made(iam, user)["AccessKeyId"], made(iam, user)["AccessKeyId"]
    assert delete_unrecorded(server.endpoint_url, "eu-west-1", user, {recorded}) == [lost]
    assert ids(iam, user) == {recorded}


def test_key_that_somebody_uses_stays(server: AwsServer, iam: Any, session: Any, user: str) -> None:
    key = made(iam, user)
    sts = session.client(
        "sts",
        endpoint_url=server.endpoint_url,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    sts.get_caller_identity()
    assert delete_unrecorded(server.endpoint_url, "eu-west-1", user, ()) == []
    assert ids(iam, user) == {key["AccessKeyId"]}


def test_user_that_is_not_there_has_none(server: AwsServer) -> None:
    assert delete_unrecorded(server.endpoint_url, "eu-west-1", "none", ()) == []
