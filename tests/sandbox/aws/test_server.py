import logging
from typing import Any

import boto3
import pytest

from port_byollm_sandbox.aws.server import AwsServer


def test_callers_are_in_the_configured_account(sts: Any) -> None:
    assert sts.get_caller_identity()["Account"] == "111122223333"


def test_keys_of_a_role_elsewhere_act_in_its_account(server: AwsServer, sts: Any) -> None:
    role = "arn:aws:iam::444455556666:role/deploy"
    keys = sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], "eu-west-1")
    there = session.client("sts", endpoint_url=server.endpoint_url).get_caller_identity()
    assert there["Account"] == "444455556666"


def test_reset_empties_it(server: AwsServer, iam: Any) -> None:
    iam.create_user(UserName="u")
    server.reset()
    assert iam.list_users()["Users"] == []


def test_listens_on_loopback_only(server: AwsServer) -> None:
    assert server.endpoint_url.startswith("http://127.0.0.1:")


def test_requests_are_not_logged(
    iam: Any, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "werkzeug")
    iam.create_user(UserName="u")
    assert capfd.readouterr() == ("", "")
    assert caplog.text == ""


def test_endpoint_of_a_server_that_does_not_run_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="call start"):
        _ = AwsServer("111122223333", "eu-west-1").endpoint_url
