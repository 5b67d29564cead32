"""The role or user of Port's gateway in AWS, with all documents that decide what it may do."""

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
    """Return an identity of which at most the ARN is known."""
    is_user = isinstance(arn, str) and _kind(arn) == "user"
    attached, boundary = Policy("what is attached", reason), Policy("permissions boundary", reason)
    return Identity(arn, None if is_user else reason, (attached,), boundary)


def read_identity(aws: Aws | Unknown, arn: str) -> Identity:
    """Read an identity from AWS.

    Needs `iam:GetRole` (`GetUser`), permission to list its policies (and a user's groups), `iam:GetPolicy`,
    `iam:GetPolicyVersion` and `iam:GetRolePolicy` (`GetUserPolicy`, `GetGroupPolicy`).

    Raises PortByollmError if there is no such identity.
    """
    if isinstance(aws, Unknown):
        return unseen(arn, aws)
    kind, name = _kind(arn), arn.rpartition("/")[2]
    found = aws.entity(kind, name)
    if found is None:
        raise PortByollmError(
            f"AWS has no {kind} {arn}, which Port uses: run `port-byollm pulumi refresh`, then `up`"
        )
    if isinstance(found, Unknown):
        return unseen(arn, found)
    if found["Arn"] != arn:
        return unseen(arn, Unknown(f"the AWS credentials in use see {found['Arn']} in place of {arn}"))
    boundary = found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return Identity(
        arn,
        None if kind == "user" else found["AssumeRolePolicyDocument"],
        tuple(aws.policies(kind, name)),
        aws.managed_policy(boundary) if boundary else None,
    )


def _kind(arn: str) -> str:
    return "user" if ":user/" in arn else "role"
