"""The role that Port's gateway assumes, as read from AWS."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from port_byollm.cli.adopt.finding import CannotAdopt
from port_byollm.cli.adopt.imports import State
from port_byollm.cli.stack.stack import secret

if TYPE_CHECKING:
    import boto3


@dataclass(frozen=True)
class AttachedPolicy:
    """A managed policy; `document` is that of its default version."""

    arn: str
    name: str
    path: str
    document: Mapping[str, Any]
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Role:
    """A role with its policies. `max_session_duration` is in seconds."""

    arn: str
    name: str
    unique_id: str
    created: datetime
    description: str
    trust: Mapping[str, Any]
    max_session_duration: int
    permissions_boundary: str | None
    tags: Mapping[str, str]
    policies: Sequence[AttachedPolicy]
    inline_policies: Sequence[str]

    def state(self) -> State:
        """Return the state that pulumi-aws stores of an `aws:iam/role:Role`; the trust policy is a secret.

        Source: https://www.pulumi.com/registry/packages/aws/api-docs/iam/role/
        """
        inputs = {
            "assumeRolePolicy": secret(json.dumps(self.trust)),
            "description": self.description,
            "maxSessionDuration": self.max_session_duration,
            "name": self.name,
            "permissionsBoundary": self.permissions_boundary or "",
            "tags": dict(self.tags),
        }
        computed = {
            "arn": self.arn,
            "createDate": f"{self.created:%Y-%m-%dT%H:%M:%SZ}",
            "forceDetachPolicies": False,
            "id": self.name,
            "inlinePolicies": [],
            "managedPolicyArns": [policy.arn for policy in self.policies],
            "namePrefix": "",
            "path": "/",  # Port accepts no other
            "tagsAll": dict(self.tags),
            "uniqueId": self.unique_id,
        }
        given = {key: value for key, value in inputs.items() if value}
        return State(given, inputs | computed, instead_of_import=True)


def read_role(session: "boto3.Session", arn: str) -> Role:
    """Read a role. Needs `iam:GetRole`, `iam:List…Policies`, `iam:GetPolicy` and `iam:GetPolicyVersion`.

    Raises:
        CannotAdopt: the role cannot be read.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    name = arn.rpartition("/")[2]
    try:
        iam = session.client("iam")
        role = iam.get_role(RoleName=name)["Role"]
        if role["Arn"] != arn:
            raise CannotAdopt(
                f"the AWS credentials in use see {role['Arn']} in place of the role {arn}; use "
                "credentials of the role's account"
            )
        attached = _pages(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name)
        return Role(
            arn,
            name,
            role["RoleId"],
            role["CreateDate"],
            role.get("Description", ""),
            role["AssumeRolePolicyDocument"],
            role["MaxSessionDuration"],
            role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            _tags(role),
            [_policy(iam, each["PolicyArn"]) for each in attached],
            _pages(iam, "list_role_policies", "PolicyNames", RoleName=name),
        )
    except (BotoCoreError, ClientError) as error:
        raise CannotAdopt(
            f"AWS does not show the role {arn} ({error}); sign in to its account, with permission to read IAM"
        ) from error


def _policy(iam: Any, arn: str) -> AttachedPolicy:
    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    version = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    return AttachedPolicy(arn, policy["PolicyName"], policy["Path"], version["Document"], _tags(policy))


def _pages(iam: Any, operation: str, key: str, **arguments: str) -> list[Any]:
    return [each for page in iam.get_paginator(operation).paginate(**arguments) for each in page[key]]


def _tags(found: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
