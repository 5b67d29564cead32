"""A policy embedded in a role or a user."""

from typing import Any, ClassVar

from port_byollm_sandbox.aws_plugin.iam.api import call, compact
from port_byollm_sandbox.aws_plugin.resource import Created, Properties, ResourceType, name_of
from port_byollm_sandbox.aws_plugin.session import Aws


class InlinePolicy(ResourceType):
    holder: ClassVar[str]
    optional: ClassVar = {"name": None, "namePrefix": None}
    documents = frozenset({"policy"})
    name_length = 128

    def create(self, aws: Aws, inputs: Properties) -> Created:
        resource_id = self._id(**{self.holder: inputs[self.holder], "name": name_of(inputs)})
        self._call(aws, "put", resource_id, PolicyDocument=inputs["policy"])
        return Created(resource_id)

    def read(self, aws: Aws, resource_id: str, state: Properties) -> dict[str, Any] | None:
        holder, _, name = resource_id.partition(":")
        found = self._call(aws, "get", resource_id)
        return {self.holder: holder, "name": name, "policy": compact(found["PolicyDocument"])}

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> None:
        self._call(aws, "put", resource_id, PolicyDocument=new["policy"])

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        self._call(aws, "delete", resource_id)

    def _call(self, aws: Aws, verb: str, resource_id: str, **arguments: str) -> Any:
        holder, _, name = resource_id.partition(":")
        return call(aws, f"{verb}_{{}}_policy", self.holder, holder, PolicyName=name, **arguments)


class RolePolicy(InlinePolicy):
    pulumi_type = "aws:iam/rolePolicy:RolePolicy"
    holder = "role"
    required = ("policy", "role")
    replaced_by = frozenset({"name", "namePrefix", "role"})


class UserPolicy(InlinePolicy):
    pulumi_type = "aws:iam/userPolicy:UserPolicy"
    holder = "user"
    required = ("policy", "user")
    replaced_by = frozenset({"name", "namePrefix", "user"})
