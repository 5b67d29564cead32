"""A role and its policies, read from the sandbox's AWS."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ClientError

Document = Mapping[str, Any]


@dataclass(frozen=True)
class RoleDocuments:
    """Everything in IAM that decides who assumes a role and what its sessions may do."""

    trust: Document
    identity: tuple[Document, ...]
    boundary: Document | None


def read_role(role_arn: str, account: str, endpoint_url: str) -> RoleDocuments | None:
    """The role of exactly this ARN with its attached and inline policies; None where there is none.

    Blocks. Raises botocore's errors where AWS cannot be asked.
    """
    iam = _client(account, endpoint_url)
    name = role_arn.rpartition("/")[2]
    try:
        role = iam.get_role(RoleName=name)["Role"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            return None
        raise
    if role["Arn"] != role_arn:
        return None
    attached = [
        _managed_policy(iam, policy["PolicyArn"])
        for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=name)
        for policy in page["AttachedPolicies"]
    ]
    inline = [
        iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for page in iam.get_paginator("list_role_policies").paginate(RoleName=name)
        for policy in page["PolicyNames"]
    ]
    boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return RoleDocuments(
        trust=role["AssumeRolePolicyDocument"],
        identity=(*attached, *inline),
        boundary=None if boundary is None else _managed_policy(iam, boundary),
    )


def _managed_policy(iam: Any, arn: str) -> Document:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document: Document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return document


@cache
def _client(account: str, endpoint_url: str) -> Any:
    client = boto3.client(
        "iam",
        endpoint_url=endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="port-emulator",
        aws_secret_access_key="port-emulator",  # noqa: S106 - moto takes any
        config=Config(retries={"max_attempts": 2}, connect_timeout=5, read_timeout=10),
    )

    def ask_account(request: AWSRequest, **_: object) -> None:
        # The gateway's own keys are of another account; moto takes the account from this header.
        request.headers["x-moto-account-id"] = account

    client.meta.events.register("before-sign.iam", ask_account)
    return client
