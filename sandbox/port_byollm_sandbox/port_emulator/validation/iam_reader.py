"""Roles and users with their policies, read from the sandbox's AWS."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, NamedTuple

from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from port_byollm_sandbox.port_emulator.validation import aws

Document = Mapping[str, Any]


class Policy(NamedTuple):
    """A policy document and its name in IAM."""

    name: str
    document: Document


@dataclass(frozen=True)
class RoleDocuments:
    """All documents in IAM that decide who may assume a role and what its sessions may do."""

    trust: Document
    identity: tuple[Policy, ...]
    boundary: Policy | None
    created: datetime


@dataclass(frozen=True)
class UserDocuments:
    """All documents in IAM that decide what a user may do, its groups' included, and its active keys."""

    identity: tuple[Policy, ...]
    boundary: Policy | None
    active_keys: Mapping[str, datetime]
    """Access key id -> when it was created."""


def read_role(role_arn: str, account: str, endpoint_url: str) -> RoleDocuments | None:
    """Read the role with exactly this ARN, with its attached and inline policies; None if there is none.

    Blocks. Raises botocore's errors if AWS does not answer.
    """
    iam = _client(account, endpoint_url)
    name = role_arn.rpartition("/")[2]
    role = _found(lambda: iam.get_role(RoleName=name)["Role"])
    if role is None or role["Arn"] != role_arn:
        return None
    return RoleDocuments(
        trust=role["AssumeRolePolicyDocument"],
        identity=tuple(_policies(iam, "role", name)),
        boundary=_boundary(iam, role),
        created=role["CreateDate"],
    )


def read_user(user_arn: str, endpoint_url: str) -> UserDocuments | None:
    """Read the user with this ARN, with its own and its groups' policies; None if there is none.

    Blocks. Raises botocore's errors if AWS does not answer.
    """
    iam = _client(user_arn.split(":")[4], endpoint_url)
    name = user_arn.rpartition("/")[2]
    user = _found(lambda: iam.get_user(UserName=name)["User"])
    if user is None:
        return None
    policies = [*_policies(iam, "user", name)]
    for page in iam.get_paginator("list_groups_for_user").paginate(UserName=name):
        for group in page["Groups"]:
            policies += _policies(iam, "group", group["GroupName"])
    return UserDocuments(
        identity=tuple(policies),
        boundary=_boundary(iam, user),
        active_keys={
            key["AccessKeyId"]: key["CreateDate"]
            for page in iam.get_paginator("list_access_keys").paginate(UserName=name)
            for key in page["AccessKeyMetadata"]
            if key["Status"] == "Active"
        },
    )


def _policies(iam: Any, kind: Literal["role", "user", "group"], name: str) -> Iterator[Policy]:
    """Yield the attached, then the inline policies."""
    entity = {f"{kind.capitalize()}Name": name}
    for page in iam.get_paginator(f"list_attached_{kind}_policies").paginate(**entity):
        for policy in page["AttachedPolicies"]:
            yield _managed_policy(iam, policy["PolicyArn"])
    for page in iam.get_paginator(f"list_{kind}_policies").paginate(**entity):
        for policy_name in page["PolicyNames"]:
            get = getattr(iam, f"get_{kind}_policy")
            yield Policy(policy_name, get(**entity, PolicyName=policy_name)["PolicyDocument"])


def _boundary(iam: Any, entity: Mapping[str, Any]) -> Policy | None:
    arn = entity.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return None if arn is None else _managed_policy(iam, arn)


def _managed_policy(iam: Any, arn: str) -> Policy:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    answer = iam.get_policy_version(PolicyArn=arn, VersionId=version)
    return Policy(arn.rpartition("/")[2], answer["PolicyVersion"]["Document"])


def _found(get: Callable[[], Any]) -> Any:
    """Return the result of `get`; None if AWS answers that the entity does not exist."""
    try:
        return get()
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            return None
        raise


@cache
def _client(account: str, endpoint_url: str) -> Any:
    client = aws.client("iam", endpoint_url, "us-east-1", "port-emulator", "any")

    def set_account(request: AWSRequest, **_: object) -> None:
        # moto takes the account from this header, whatever the keys.
        request.headers["x-moto-account-id"] = account

    client.meta.events.register("before-sign.iam", set_account)
    return client
