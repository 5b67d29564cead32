"""The actions with which pulumi-aws looks after the resources that a stack makes.

Read from terraform-provider-aws, which pulumi-aws 7 bridges: `internal/service/iam`, `bedrock` and
`secretsmanager`. The comments say what an action is called for where its name does not.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Actions:
    """Of one resource type: what a refresh and the proof call, and what an update or a destroy calls too."""

    read: tuple[str, ...]
    write: tuple[str, ...]


POLICY: Final = Actions(
    read=("iam:GetPolicy", "iam:GetPolicyVersion"),
    write=(
        "iam:CreatePolicy",
        "iam:CreatePolicyVersion",
        "iam:DeletePolicy",
        "iam:DeletePolicyVersion",  # of the oldest of five; and of all before the policy goes
        "iam:ListPolicyVersions",
        "iam:TagPolicy",  # at the creation too
        "iam:UntagPolicy",
    ),
)

ROLE: Final = Actions(
    read=(
        "iam:GetRole",
        "iam:GetRolePolicy",  # inline policies: a stack makes none, and a refresh reads those of others
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
    ),
    write=(
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",  # what `port-byollm revoke` has added
        "iam:ListInstanceProfilesForRole",  # which a role must have left before it goes
        "iam:TagRole",  # at the creation too
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",  # another session duration
    ),
)

USER: Final = Actions(
    read=(
        "iam:GetUser",
        "iam:GetUserPolicy",  # what `port-byollm revoke` has added, until an update removes it
        "iam:ListAccessKeys",
        "iam:ListAttachedUserPolicies",
        "iam:ListGroupsForUser",  # for the proof; and a user must have left them before it goes
        "iam:ListUserPolicies",  # for the proof
    ),
    write=(
        "iam:CreateAccessKey",
        "iam:DeleteAccessKey",
        "iam:DeleteUser",
        "iam:DeleteUserPolicy",  # what `port-byollm revoke` has added
        "iam:GetAccessKeyLastUsed",  # `port-byollm rotate access-key`, of a key that is not the stack's
        "iam:TagUser",  # at the creation too
        "iam:UntagUser",
        "iam:UpdateAccessKey",  # which `port-byollm revoke` has deactivated
    ),
)

BOUNDED: Final = {
    "role": ("iam:CreateRole", "iam:PutRolePermissionsBoundary"),
    "user": ("iam:CreateUser", "iam:PutUserPermissionsBoundary"),
}
"""What makes an identity, or changes its boundary."""

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
"""What Bedrock asks AWS Marketplace for in the caller's name when an agreement is made or ended (Bedrock User
Guide, "Grant IAM permissions to request access to Amazon Bedrock foundation models with a product ID")."""

SECRET_VALUE: Final = "secretsmanager:GetSecretValue"  # noqa: S105 - an action
