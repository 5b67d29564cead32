"""`aws:iam/…`, with the same calls as pulumi-aws (https://www.pulumi.com/registry/packages/aws/api-docs/iam/)."""

from port_byollm_sandbox.aws_plugin.iam.access_key import AccessKey
from port_byollm_sandbox.aws_plugin.iam.inline_policy import RolePolicy, UserPolicy
from port_byollm_sandbox.aws_plugin.iam.policy import Policy
from port_byollm_sandbox.aws_plugin.iam.policy_attachment import RolePolicyAttachment, UserPolicyAttachment
from port_byollm_sandbox.aws_plugin.iam.role import Role
from port_byollm_sandbox.aws_plugin.iam.user import User

__all__ = [
    "AccessKey",
    "Policy",
    "Role",
    "RolePolicy",
    "RolePolicyAttachment",
    "User",
    "UserPolicy",
    "UserPolicyAttachment",
]
