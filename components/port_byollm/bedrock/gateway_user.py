"""The IAM user whose access key Port's LLM gateway uses."""

import re
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from port_byollm import defaults, names
from port_byollm.errors import ConfigError
from port_byollm.numbered import numbered
from port_byollm.options import keeps_description
from port_byollm.outputs import explained, of_made
from port_byollm.resources import Secret

_ROTATION = re.compile(r"[A-Za-z0-9_-]{1,40}")
# The names that Port's setup page uses.
_ACCESS_KEY_ID_SECRET = "aws-bedrock-access-key-id"  # noqa: S105 - a name, not a value
_SECRET_ACCESS_KEY_SECRET = "aws-bedrock-secret-access-key"  # noqa: S105 - a name, not a value


class GatewayUserArgs(TypedDict):
    """The user, the policies attached to it, and the Port secrets with its access key."""

    user_name: NotRequired[str]
    """Name of the user (default: `port-byollm-<stack>`)."""
    policy_arns: NotRequired[list[pulumi.Input[str]]]
    """ARNs of managed policies to attach to the user, which has no other permissions."""
    access_key_rotation: NotRequired[str]
    """1 to 40 letters, digits, `-` or `_` (default: `1`). Changing it creates a new key under new secret
    names."""
    access_key_id_secret_name: NotRequired[str]
    """Name of the Port secret with the access key ID; rotations other than `1` are appended."""
    secret_access_key_secret_name: NotRequired[str]
    """Name of the Port secret with the secret access key; rotations other than `1` are appended."""
    permissions_boundary: NotRequired[pulumi.Input[str]]
    """ARN of the managed policy that is the user's permissions boundary."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Tags of the user."""


class GatewayUser(pulumi.ComponentResource):
    """A user with only the attached permissions, and its access key in two Port secrets.

    A rotation creates a second key beside the first (IAM allows two). The update removes the first key at its
    end, after everything that names the old secrets names the new ones.

    Source: Port, "Setup & Configuration", step 1.2, option B "Using access keys", and step 2.

    Raises:
        ConfigError: the user name or rotation is invalid.
    """

    user_arn: pulumi.Output[str]
    """ARN of the user, available once its policies are attached."""
    user_name: pulumi.Output[str]
    """Name of the user."""
    access_key_id_secret_name: pulumi.Output[str]
    """Name of the Port secret with the access key ID."""
    secret_access_key_secret_name: pulumi.Output[str]
    """Name of the Port secret with the secret access key."""

    @explained
    def __init__(self, name: str, args: GatewayUserArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("port-byollm:index:GatewayUser", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        suffix = _suffix(args.get("access_key_rotation", defaults.ROTATION))

        user = aws.iam.User(
            name,
            name=names.check_identity(
                args.get("user_name") or names.identity(pulumi.get_stack()), "user_name"
            ),
            permissions_boundary=args.get("permissions_boundary"),
            tags=args.get("tags"),
            opts=child,
        )
        attachments = [
            aws.iam.UserPolicyAttachment(
                numbered(name, number), user=user.name, policy_arn=policy_arn, opts=child
            )
            for number, policy_arn in enumerate(args.get("policy_arns", []))
        ]
        # A rotation creates another resource rather than a replacement: rotating back finds the existing key.
        key = aws.iam.AccessKey(f"{name}{suffix}", user=user.name, opts=child)
        key_id_secret = Secret(
            f"{name}-access-key-id{suffix}",
            secret_name=f"{args.get('access_key_id_secret_name', _ACCESS_KEY_ID_SECRET)}{suffix}",
            secret_value=key.id,
            description="Access key ID with which Port's LLM gateway calls Bedrock",
            opts=keeps_description(self),
        )
        secret_key_secret = Secret(
            f"{name}-secret-access-key{suffix}",
            secret_name=f"{args.get('secret_access_key_secret_name', _SECRET_ACCESS_KEY_SECRET)}{suffix}",
            secret_value=key.secret,
            description="Secret access key with which Port's LLM gateway calls Bedrock",
            opts=keeps_description(self),
        )
        # The ARN waits for the attachments, so that its users can rely on the permissions.
        attached = pulumi.Output.all(*(attachment.id for attachment in attachments))
        self.user_arn = pulumi.Output.all(user.arn, attached).apply(of_made(lambda known: str(known[0])))
        self.user_name = user.name
        self.access_key_id_secret_name = key_id_secret.secret_name
        self.secret_access_key_secret_name = secret_key_secret.secret_name
        # What a registration depends on besides the secrets' names.
        self.triggers = {
            "accessKeyId": key_id_secret.updated_at,
            "secretAccessKey": secret_key_secret.updated_at,
        }
        self.register_outputs(
            {
                "userArn": self.user_arn,
                "userName": self.user_name,
                "accessKeyIdSecretName": self.access_key_id_secret_name,
                "secretAccessKeySecretName": self.secret_access_key_secret_name,
            }
        )


def _suffix(rotation: str) -> str:
    """Return what a rotation appends to names: nothing for the first one."""
    if not _ROTATION.fullmatch(rotation):
        raise ConfigError(
            "access_key_rotation",
            f"{rotation!r} cannot be part of a secret's name",
            "use 1 to 40 letters, digits, - or _",
        )
    return "" if rotation == defaults.ROTATION else f"-{rotation}"
