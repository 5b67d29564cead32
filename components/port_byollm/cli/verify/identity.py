"""Whoever Port's gateway is in AWS, with all documents that decide what it may do."""

from dataclasses import dataclass, field

from port_byollm.cli.verify.aws import Aws
from port_byollm.errors import PortByollmError
from port_byollm.proof import Policy, Unknown
from port_byollm.proof.subject import Document


@dataclass(frozen=True)
class Identity:
    """A role or user; `trust_policy` is None for a user."""

    arn: str | Unknown
    trust_policy: Document | Unknown | None = field(repr=False)
    policies: tuple[Policy, ...]
    boundary: Policy | None


def unseen(arn: str | Unknown, reason: Unknown) -> Identity:
    """An identity of which nothing is known but perhaps its ARN."""
    is_user = isinstance(arn, str) and _kind(arn) == "user"
    attached, boundary = Policy("what is attached", reason), Policy("permissions boundary", reason)
    return Identity(arn, None if is_user else reason, (attached,), boundary)


def read_identity(aws: Aws | Unknown, arn: str) -> Identity:
    """The identity of this ARN as AWS has it.

    Needs `iam:GetRole` (`GetUser`), the lists of its policies (a user's groups too), `iam:GetPolicy`,
    `iam:GetPolicyVersion` and `iam:GetRolePolicy` (`GetUserPolicy`, `GetGroupPolicy`).

    Raises PortByollmError where there is no such identity.
    """
    if isinstance(aws, Unknown):
        return unseen(arn, aws)
    kind, name = _kind(arn), arn.rpartition("/")[2]
    found = aws.entity(kind, name)
    if found is None:
        raise PortByollmError(
            f"AWS has no {kind} {arn}, and Port uses it: run `port-byollm pulumi refresh`, then `up`"
        )
    if isinstance(found, Unknown):
        return unseen(arn, found)
    if found["Arn"] != arn:
        return unseen(arn, Unknown(f"the AWS credentials in use see {found['Arn']} in the place of {arn}"))
    boundary = found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return Identity(
        arn,
        None if kind == "user" else found["AssumeRolePolicyDocument"],
        tuple(aws.policies(kind, name)),
        aws.managed_policy(boundary) if boundary else None,
    )


def _kind(arn: str) -> str:
    return "user" if ":user/" in arn else "role"
