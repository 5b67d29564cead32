"""A role."""

from typing import Any, ClassVar

from port_byollm_sandbox.aws_plugin.iam.api import (
    boundary_argument,
    boundary_of,
    compact,
    set_boundary,
    set_tags,
    tag_list,
    tag_map,
    timestamp,
)
from port_byollm_sandbox.aws_plugin.resource import Created, Properties, ResourceType, name_of
from port_byollm_sandbox.aws_plugin.session import Aws


class Role(ResourceType):
    pulumi_type = "aws:iam/role:Role"
    required = ("assumeRolePolicy",)
    optional: ClassVar = {
        "name": None,
        "namePrefix": None,
        "path": "/",
        "description": "",
        "forceDetachPolicies": False,
        "maxSessionDuration": 3600,
        "permissionsBoundary": "",
        "tags": {},
    }
    replaced_by = frozenset({"name", "namePrefix", "path"})
    documents = frozenset({"assumeRolePolicy"})
    # The real plugin also accepts the last two as inputs. If a program omits them, a refresh records what was
    # added elsewhere, which is neither reported as a change nor removed.
    computed = ("arn", "createDate", "uniqueId", "inlinePolicies", "managedPolicyArns")
    name_length = 64

    def create(self, aws: Aws, inputs: Properties) -> Created:
        created = aws.client("iam").create_role(
            RoleName=name_of(inputs),
            AssumeRolePolicyDocument=inputs["assumeRolePolicy"],
            Path=inputs["path"],
            Description=inputs["description"],
            MaxSessionDuration=inputs["maxSessionDuration"],
            Tags=tag_list(inputs["tagsAll"]),
            **boundary_argument(inputs),
        )
        return Created(created["Role"]["RoleName"])

    def read(self, aws: Aws, resource_id: str, state: Properties) -> dict[str, Any] | None:
        iam = aws.client("iam")
        role = iam.get_role(RoleName=resource_id)["Role"]
        names = iam.list_role_policies(RoleName=resource_id)["PolicyNames"]
        inline = {name: iam.get_role_policy(RoleName=resource_id, PolicyName=name) for name in names}
        attached = iam.list_attached_role_policies(RoleName=resource_id)["AttachedPolicies"]
        return {
            "arn": role["Arn"],
            "assumeRolePolicy": compact(role["AssumeRolePolicyDocument"]),
            "createDate": timestamp(role["CreateDate"]),
            "description": role.get("Description", ""),
            "inlinePolicies": [
                {"name": name, "policy": compact(one["PolicyDocument"])} for name, one in inline.items()
            ],
            "managedPolicyArns": [policy["PolicyArn"] for policy in attached],
            "maxSessionDuration": role["MaxSessionDuration"],
            "name": role["RoleName"],
            "path": role["Path"],
            "permissionsBoundary": boundary_of(role),
            "tags": tag_map(role),
            "uniqueId": role["RoleId"],
        }

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> None:
        iam = aws.client("iam")
        changed = set(self.changed(aws, old, new))
        if "assumeRolePolicy" in changed:
            iam.update_assume_role_policy(RoleName=resource_id, PolicyDocument=new["assumeRolePolicy"])
        if "description" in changed:
            iam.update_role_description(RoleName=resource_id, Description=new["description"])
        if "maxSessionDuration" in changed:
            iam.update_role(RoleName=resource_id, MaxSessionDuration=new["maxSessionDuration"])
        if "permissionsBoundary" in changed:
            set_boundary(aws, "role", resource_id, new["permissionsBoundary"])
        set_tags(iam, "role", {"RoleName": resource_id}, old, new)

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        iam = aws.client("iam")
        for profile in iam.list_instance_profiles_for_role(RoleName=resource_id)["InstanceProfiles"]:
            name = profile["InstanceProfileName"]
            iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=resource_id)
        if state.get("forceDetachPolicies"):
            for policy in iam.list_attached_role_policies(RoleName=resource_id)["AttachedPolicies"]:
                iam.detach_role_policy(RoleName=resource_id, PolicyArn=policy["PolicyArn"])
            for name in iam.list_role_policies(RoleName=resource_id)["PolicyNames"]:
                iam.delete_role_policy(RoleName=resource_id, PolicyName=name)
        iam.delete_role(RoleName=resource_id)
