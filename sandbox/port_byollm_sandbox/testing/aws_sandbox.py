"""AWS in the sandbox, for tests."""

from contextlib import ExitStack
from typing import Any

import boto3

from port_byollm_sandbox.sandbox import Sandbox


class AwsSandbox:
    """The AWS accounts of a sandbox. `closing` closes the clients."""

    def __init__(self, sandbox: Sandbox, closing: ExitStack) -> None:
        self.endpoint_url = sandbox.aws_endpoint_url
        self.region = sandbox.aws_region
        self.account_id = sandbox.aws_account_id
        self._closing = closing

    def session(self, account_id: str | None = None) -> boto3.Session:
        """Return a boto3 session: long-term keys of the sandbox's account, or temporary ones of `account_id`.

        Pass `endpoint_url` to its clients unless the fixture `pulumi_sandbox` has set the environment.
        """
        keys = {"AccessKeyId": "test", "SecretAccessKey": "test", "SessionToken": None}
        if account_id is not None:
            role = f"arn:aws:iam::{account_id}:role/administrator"
            keys = self.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return boto3.Session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            region_name=self.region,
        )

    def client(self, service: str, account_id: str | None = None) -> Any:
        """Return a boto3 client of such a session: `client("iam").list_roles()`."""
        client = self.session(account_id).client(service, endpoint_url=self.endpoint_url)
        self._closing.callback(client.close)
        return client
