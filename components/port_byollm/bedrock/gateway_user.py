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
    """The user, what is attached to it, and where Port keeps its access key."""

    user_name: NotRequired[str]
    """Name of the user; `port-byollm-<stack>` when left out."""
    policy_arns: NotRequired[list[pulumi.Input[str]]]
    """ARNs of the managed policies attached to the user: all that its key may be used for."""
    access_key_rotation: NotRequired[str]
    """1 to 40 letters, digits, `-` or `_`; another one makes a new key under new secret names. `1` when left
    out."""
    access_key_id_secret_name: NotRequired[str]
    """Name of the Port secret with the access key's id; rotations but `1` append themselves."""
    secret_access_key_secret_name: NotRequired[str]
    """Name of the Port secret with the secret access key; rotations but `1` append themselves."""
    permissions_boundary: NotRequired[pulumi.Input[str]]
    """ARN of the managed policy that bounds what the user may ever do."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Tags of the user."""


class GatewayUser(pulumi.ComponentResource):
    """A user that may do nothing but what is attached to it, with its access key in two Port secrets.

    Another rotation makes a second key beside the first (IAM allows two). The first one goes at the end of
    the update, when what names its secrets has been changed to name the new ones.

    Source: Port, "Setup & Configuration", step 1.2, option B "Using access keys", and step 2.

    Raises:
        ConfigError: a user name or rotation that cannot be.
    """

    user_arn: pulumi.Output[str]
    """ARN of the user, once what it may do is attached to it."""
    user_name: pulumi.Output[str]
    """Name of the user."""
    access_key_id_secret_name: pulumi.Output[str]
    """Name of the Port secret with the id of the access key."""
    secret_access_key_secret_name: pulumi.Output[str]
    """Name of the Port secret with the secret access key."""

    @explained
    def __init__(self, name: str, args: GatewayUserArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("port-byollm:index:GatewayUser", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        rotated = _rotated(args.get("access_key_rotation", defaults.ROTATION))

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
        # A rotation is another resource rather than a replacement: rotating back finds the key that is there.
        key = aws.iam.AccessKey(f"{name}{rotated}", user=user.name, opts=child)
        key_id_secret = Secret(
            f"{name}-access-key-id{rotated}",
            secret_name=f"{args.get('access_key_id_secret_name', _ACCESS_KEY_ID_SECRET)}{rotated}",
            secret_value=key.id,
            description="Access key ID with which Port's LLM gateway calls Bedrock",
            opts=keeps_description(self),
        )
        secret_key_secret = Secret(
            f"{name}-secret-access-key{rotated}",
            secret_name=f"{args.get('secret_access_key_secret_name', _SECRET_ACCESS_KEY_SECRET)}{rotated}",
            secret_value=key.secret,
            description="Secret access key with which Port's LLM gateway calls Bedrock",
            opts=keeps_description(self),
        )
        # Whoever is handed the ARN may rely on the permissions: it waits for the attachments.
        attached = pulumi.Output.all(*(attachment.id for attachment in attachments))
        self.user_arn = pulumi.Output.all(user.arn, attached).apply(of_made(lambda known: str(known[0])))
        self.user_name = user.name
        self.access_key_id_secret_name = key_id_secret.secret_name
        self.secret_access_key_secret_name = secret_key_secret.secret_name
        # For a registration: what it rests on beside the secrets' names.
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


def _rotated(rotation: str) -> str:
    """What a rotation appends to names: nothing for the first one."""
    if not _ROTATION.fullmatch(rotation):
        raise ConfigError(
            "access_key_rotation",
            f"{rotation!r} cannot be part of a secret's name",
            "use 1 to 40 letters, digits, - or _",
        )
    return "" if rotation == defaults.ROTATION else f"-{rotation}"
