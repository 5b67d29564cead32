"""The actions with which pulumi-aws manages a stack's resources.

Source: terraform-provider-aws, which pulumi-aws 7 bridges: `internal/service/iam`, `bedrock` and
`secretsmanager`. Comments say what an action is for if its name does not.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Actions:
    """The actions for one resource type."""

    read: tuple[str, ...]
    """Called by a refresh and the access proof."""
    write: tuple[str, ...]
    """Called in addition by an update or a destroy."""


POLICY: Final = Actions(
    read=("iam:GetPolicy", "iam:GetPolicyVersion"),
    write=(
        "iam:CreatePolicy",
        "iam:CreatePolicyVersion",
        "iam:DeletePolicy",
        "iam:DeletePolicyVersion",  # the oldest of five, and all before deleting the policy
        "iam:ListPolicyVersions",
        "iam:TagPolicy",  # also at creation
        "iam:UntagPolicy",
    ),
)

ROLE: Final = Actions(
    read=(
        "iam:GetRole",
        "iam:GetRolePolicy",  # inline policies: a stack creates none, but a refresh reads others' ones
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
    ),
    write=(
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",  # the policy that `port-byollm revoke` adds
        "iam:ListInstanceProfilesForRole",  # a role must leave them before its deletion
        "iam:TagRole",  # also at creation
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",  # the session duration
    ),
)

USER: Final = Actions(
    read=(
        "iam:GetUser",
        "iam:GetUserPolicy",  # the policy that `port-byollm revoke` adds, until an update removes it
        "iam:ListAccessKeys",
        "iam:ListAttachedUserPolicies",
        "iam:ListGroupsForUser",  # for the proof; a user must also leave them before its deletion
        "iam:ListUserPolicies",  # for the proof
    ),
    write=(
        "iam:CreateAccessKey",
        "iam:DeleteAccessKey",
        "iam:DeleteUser",
        "iam:DeleteUserPolicy",  # the policy that `port-byollm revoke` adds
        "iam:GetAccessKeyLastUsed",  # `port-byollm rotate access-key`, for keys outside the stack
        "iam:TagUser",  # also at creation
        "iam:UntagUser",
        "iam:UpdateAccessKey",  # to reactivate a key after `port-byollm revoke`
    ),
)

BOUNDED: Final = {
    "role": ("iam:CreateRole", "iam:PutRolePermissionsBoundary"),
    "user": ("iam:CreateUser", "iam:PutUserPermissionsBoundary"),
}
"""Identity kind -> the actions that create it and change its boundary."""

ATTACH: Final = {"role": "iam:AttachRolePolicy", "user": "iam:AttachUserPolicy"}
DETACH: Final = {"role": "iam:DetachRolePolicy", "user": "iam:DetachUserPolicy"}

USE_CASE: Final = Actions(
    read=("bedrock:GetUseCaseForModelAccess",), write=("bedrock:PutUseCaseForModelAccess",)
)

AGREEMENT: Final = Actions(
    read=("bedrock:GetFoundationModelAvailability",),
    write=("bedrock:CreateFoundationModelAgreement", "bedrock:DeleteFoundationModelAgreement"),
)

AGREEMENT_OFFERS: Final = "bedrock:ListFoundationModelAgreementOffers"

MARKETPLACE: Final = (
    "aws-marketplace:Subscribe",
    "aws-marketplace:Unsubscribe",
    "aws-marketplace:ViewSubscriptions",
)
"""The calls to AWS Marketplace that Bedrock makes on the caller's behalf when an agreement begins or ends
(Bedrock User Guide, "Grant IAM permissions to request access to Amazon Bedrock foundation models with a
product ID")."""

SECRET_VALUE: Final = "secretsmanager:GetSecretValue"  # noqa: S105 - an action
