"""`aws:iam/…`: as pulumi-aws does it, call for call (https://www.pulumi.com/registry/packages/aws/api-docs/iam/)."""

import json
from typing import Any, ClassVar

from port_byollm_sandbox.aws_plugin.resource import Properties, ResourceType, made_up_name, tag_changes
from port_byollm_sandbox.aws_plugin.session import Aws

# Versions that AWS keeps of a managed policy.
POLICY_VERSIONS = 5


class Policy(ResourceType):
    pulumi_type = "aws:iam/policy:Policy"
    required = ("policy",)
    optional: ClassVar = {"name": None, "namePrefix": None, "path": "/", "description": "", "tags": {}}
    replaced_by = frozenset({"name", "namePrefix", "path", "description"})
    documents = frozenset({"policy"})
    computed = ("arn", "attachmentCount", "policyId")
    name_length = 128

    def create(self, aws: Aws, inputs: Properties) -> str:
        created = aws.client("iam").create_policy(
            PolicyName=made_up_name(inputs),
            PolicyDocument=inputs["policy"],
            Path=inputs["path"],
            Description=inputs["description"],
            Tags=tag_list(inputs["tagsAll"]),
        )
        return str(created["Policy"]["Arn"])

    def read(self, aws: Aws, resource_id: str, state: Properties) -> dict[str, Any] | None:
        iam = aws.client("iam")
        policy = iam.get_policy(PolicyArn=resource_id)["Policy"]
        version = iam.get_policy_version(PolicyArn=resource_id, VersionId=policy["DefaultVersionId"])
        return {
            "arn": policy["Arn"],
            "attachmentCount": policy["AttachmentCount"],
            "description": policy.get("Description", ""),
            "name": policy["PolicyName"],
            "path": policy["Path"],
            "policy": compact(version["PolicyVersion"]["Document"]),
            "policyId": policy["PolicyId"],
            "tags": tag_map(policy),
        }

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> None:
        iam = aws.client("iam")
        if "policy" in self.changed(aws, old, new):
            self._make_room(iam, resource_id)
            iam.create_policy_version(PolicyArn=resource_id, PolicyDocument=new["policy"], SetAsDefault=True)
        changed, removed = tag_changes(old, new)
        if removed:
            iam.untag_policy(PolicyArn=resource_id, TagKeys=removed)
        if changed:
            iam.tag_policy(PolicyArn=resource_id, Tags=tag_list(changed))

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        iam = aws.client("iam")
        for version in other_versions(iam, resource_id):
            iam.delete_policy_version(PolicyArn=resource_id, VersionId=version["VersionId"])
        iam.delete_policy(PolicyArn=resource_id)

    def _make_room(self, iam: Any, arn: str) -> None:
        others = other_versions(iam, arn)
        if len(others) + 1 >= POLICY_VERSIONS:
            oldest = min(others, key=lambda version: version["CreateDate"])
            iam.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])


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
    computed = ("arn", "createDate", "uniqueId")
    name_length = 64

    def create(self, aws: Aws, inputs: Properties) -> str:
        boundary = inputs["permissionsBoundary"]
        created = aws.client("iam").create_role(
            RoleName=made_up_name(inputs),
            AssumeRolePolicyDocument=inputs["assumeRolePolicy"],
            Path=inputs["path"],
            Description=inputs["description"],
            MaxSessionDuration=inputs["maxSessionDuration"],
            Tags=tag_list(inputs["tagsAll"]),
            **({"PermissionsBoundary": boundary} if boundary else {}),
        )
        return str(created["Role"]["RoleName"])

    def read(self, aws: Aws, resource_id: str, state: Properties) -> dict[str, Any] | None:
        role = aws.client("iam").get_role(RoleName=resource_id)["Role"]
        return {
            "arn": role["Arn"],
            "assumeRolePolicy": compact(role["AssumeRolePolicyDocument"]),
            "createDate": role["CreateDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "description": role.get("Description", ""),
            "maxSessionDuration": role["MaxSessionDuration"],
            "name": role["RoleName"],
            "path": role["Path"],
            "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
            "tags": tag_map(role),
            "uniqueId": role["RoleId"],
        }

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> None:
        iam = aws.client("iam")
        changed = set(self.changed(aws, old, new))
        if "assumeRolePolicy" in changed:
            iam.update_assume_role_policy(RoleName=resource_id, PolicyDocument=new["assumeRolePolicy"])
        if changed & {"description", "maxSessionDuration"}:
            iam.update_role(
                RoleName=resource_id,
                Description=new["description"],
                MaxSessionDuration=new["maxSessionDuration"],
            )
        if "permissionsBoundary" in changed:
            boundary = new["permissionsBoundary"]
            if boundary:
                iam.put_role_permissions_boundary(RoleName=resource_id, PermissionsBoundary=boundary)
            else:
                iam.delete_role_permissions_boundary(RoleName=resource_id)
        tags, removed = tag_changes(old, new)
        if removed:
            iam.untag_role(RoleName=resource_id, TagKeys=removed)
        if tags:
            iam.tag_role(RoleName=resource_id, Tags=tag_list(tags))

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        iam = aws.client("iam")
        if state.get("forceDetachPolicies"):
            for policy in iam.list_attached_role_policies(RoleName=resource_id)["AttachedPolicies"]:
                iam.detach_role_policy(RoleName=resource_id, PolicyArn=policy["PolicyArn"])
            for name in iam.list_role_policies(RoleName=resource_id)["PolicyNames"]:
                iam.delete_role_policy(RoleName=resource_id, PolicyName=name)
        iam.delete_role(RoleName=resource_id)


class RolePolicyAttachment(ResourceType):
    pulumi_type = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    required = ("policyArn", "role")
    replaced_by = frozenset(required)

    def create(self, aws: Aws, inputs: Properties) -> str:
        aws.client("iam").attach_role_policy(RoleName=inputs["role"], PolicyArn=inputs["policyArn"])
        return self._id(**inputs)

    def read(self, aws: Aws, resource_id: str, state: Properties) -> dict[str, Any] | None:
        role, _, arn = resource_id.partition("/")
        attached = aws.client("iam").list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        if arn not in {policy["PolicyArn"] for policy in attached}:
            return None
        return {"role": role, "policyArn": arn}

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> None:
        """Nothing of it changes in place."""

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        role, _, arn = resource_id.partition("/")
        aws.client("iam").detach_role_policy(RoleName=role, PolicyArn=arn)


class RolePolicy(ResourceType):
    pulumi_type = "aws:iam/rolePolicy:RolePolicy"
    required = ("policy", "role")
    optional: ClassVar = {"name": None, "namePrefix": None}
    replaced_by = frozenset({"name", "namePrefix", "role"})
    documents = frozenset({"policy"})
    name_length = 128

    def create(self, aws: Aws, inputs: Properties) -> str:
        name = made_up_name(inputs)
        put = aws.client("iam").put_role_policy
        put(RoleName=inputs["role"], PolicyName=name, PolicyDocument=inputs["policy"])
        return self._id(role=inputs["role"], name=name)

    def read(self, aws: Aws, resource_id: str, state: Properties) -> dict[str, Any] | None:
        role, _, name = resource_id.partition(":")
        found = aws.client("iam").get_role_policy(RoleName=role, PolicyName=name)
        return {"role": role, "name": name, "policy": compact(found["PolicyDocument"])}

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> None:
        role, _, name = resource_id.partition(":")
        aws.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=new["policy"])

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        role, _, name = resource_id.partition(":")
        aws.client("iam").delete_role_policy(RoleName=role, PolicyName=name)


def compact(document: Any) -> str:
    """The text of a document, which boto3 gives parsed."""
    return json.dumps(document, separators=(",", ":"))


def other_versions(iam: Any, arn: str) -> list[dict[str, Any]]:
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    return [version for version in versions if not version["IsDefaultVersion"]]


def tag_list(tags: Properties) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tag_map(found: Properties) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
