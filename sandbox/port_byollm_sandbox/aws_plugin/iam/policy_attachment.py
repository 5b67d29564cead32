"""A managed policy on a role or a user."""

from typing import Any, ClassVar

from port_byollm_sandbox.aws_plugin.iam.api import call
from port_byollm_sandbox.aws_plugin.resource import Created, Properties, ResourceType
from port_byollm_sandbox.aws_plugin.session import Aws


class PolicyAttachment(ResourceType):
    holder: ClassVar[str]

    def create(self, aws: Aws, inputs: Properties) -> Created:
        call(aws, "attach_{}_policy", self.holder, inputs[self.holder], PolicyArn=inputs["policyArn"])
        return Created(self._id(**inputs))

    def read(self, aws: Aws, resource_id: str, state: Properties) -> dict[str, Any] | None:
        name, _, arn = resource_id.partition("/")
        attached = call(aws, "list_attached_{}_policies", self.holder, name)["AttachedPolicies"]
        if arn not in {policy["PolicyArn"] for policy in attached}:
            return None
        return {self.holder: name, "policyArn": arn}

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> None:
        """Do nothing: every change replaces the resource."""

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        name, _, arn = resource_id.partition("/")
        call(aws, "detach_{}_policy", self.holder, name, PolicyArn=arn)


class RolePolicyAttachment(PolicyAttachment):
    pulumi_type = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    holder = "role"
    required = ("policyArn", "role")
    replaced_by = frozenset(required)


class UserPolicyAttachment(PolicyAttachment):
    pulumi_type = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
    holder = "user"
    required = ("policyArn", "user")
    replaced_by = frozenset(required)
