"""A user."""

from typing import Any, ClassVar

from port_byollm_sandbox.aws_plugin.iam.api import (
    boundary_argument,
    boundary_of,
    set_boundary,
    set_tags,
    tag_list,
    tag_map,
)
from port_byollm_sandbox.aws_plugin.resource import Created, Properties, ResourceType
from port_byollm_sandbox.aws_plugin.session import Aws


class User(ResourceType):
    pulumi_type = "aws:iam/user:User"
    optional: ClassVar = {
        "name": None,
        "path": "/",
        "forceDestroy": False,
        "permissionsBoundary": "",
        "tags": {},
    }
    replaced_by = frozenset({"name"})
    computed = ("arn", "uniqueId")
    name_length = 64

    def create(self, aws: Aws, inputs: Properties) -> Created:
        created = aws.client("iam").create_user(
            UserName=inputs["name"],
            Path=inputs["path"],
            Tags=tag_list(inputs["tagsAll"]),
            **boundary_argument(inputs),
        )
        return Created(created["User"]["UserName"])

    def read(self, aws: Aws, resource_id: str, state: Properties) -> dict[str, Any] | None:
        user = aws.client("iam").get_user(UserName=resource_id)["User"]
        return {
            "arn": user["Arn"],
            "name": user["UserName"],
            "path": user["Path"],
            "permissionsBoundary": boundary_of(user),
            "tags": tag_map(user),
            "uniqueId": user["UserId"],
        }

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> None:
        iam = aws.client("iam")
        changed = self.changed(aws, old, new)
        if "path" in changed:
            iam.update_user(UserName=resource_id, NewPath=new["path"])
        if "permissionsBoundary" in changed:
            set_boundary(aws, "user", resource_id, new["permissionsBoundary"])
        set_tags(iam, "user", {"UserName": resource_id}, old, new)

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        iam = aws.client("iam")
        for group in iam.list_groups_for_user(UserName=resource_id)["Groups"]:
            iam.remove_user_from_group(GroupName=group["GroupName"], UserName=resource_id)
        if state.get("forceDestroy"):
            for key in iam.list_access_keys(UserName=resource_id)["AccessKeyMetadata"]:
                iam.delete_access_key(UserName=resource_id, AccessKeyId=key["AccessKeyId"])
        iam.delete_user(UserName=resource_id)
