"""`aws:iam/…`: as pulumi-aws does it, call for call (https://www.pulumi.com/registry/packages/aws/api-docs/iam/)."""

import base64
import hmac
import json
from datetime import datetime
from typing import Any, ClassVar

from port_byollm_sandbox.aws_plugin.resource import (
    Created,
    Properties,
    ResourceType,
    made_up_name,
    tag_changes,
)
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

    def create(self, aws: Aws, inputs: Properties) -> Created:
        created = aws.client("iam").create_policy(
            PolicyName=made_up_name(inputs),
            PolicyDocument=inputs["policy"],
            Path=inputs["path"],
            Description=inputs["description"],
            Tags=tag_list(inputs["tagsAll"]),
        )
        return Created(created["Policy"]["Arn"])

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

    def create(self, aws: Aws, inputs: Properties) -> Created:
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
        return Created(created["Role"]["RoleName"])

    def read(self, aws: Aws, resource_id: str, state: Properties) -> dict[str, Any] | None:
        iam = aws.client("iam")
        role = iam.get_role(RoleName=resource_id)["Role"]
        # The real one reads all that the role may do, too.
        for name in iam.list_role_policies(RoleName=resource_id)["PolicyNames"]:
            iam.get_role_policy(RoleName=resource_id, PolicyName=name)
        iam.list_attached_role_policies(RoleName=resource_id)
        return {
            "arn": role["Arn"],
            "assumeRolePolicy": compact(role["AssumeRolePolicyDocument"]),
            "createDate": timestamp(role["CreateDate"]),
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
        if "description" in changed:
            iam.update_role_description(RoleName=resource_id, Description=new["description"])
        if "maxSessionDuration" in changed:
            iam.update_role(RoleName=resource_id, MaxSessionDuration=new["maxSessionDuration"])
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
        for profile in iam.list_instance_profiles_for_role(RoleName=resource_id)["InstanceProfiles"]:
            name = profile["InstanceProfileName"]
            iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=resource_id)
        if state.get("forceDetachPolicies"):
            for policy in iam.list_attached_role_policies(RoleName=resource_id)["AttachedPolicies"]:
                iam.detach_role_policy(RoleName=resource_id, PolicyArn=policy["PolicyArn"])
            for name in iam.list_role_policies(RoleName=resource_id)["PolicyNames"]:
                iam.delete_role_policy(RoleName=resource_id, PolicyName=name)
        iam.delete_role(RoleName=resource_id)


class PolicyAttachment(ResourceType):
    """A managed policy on a role or a user; the API's operations differ in that word only."""

    holder: ClassVar[str]

    def create(self, aws: Aws, inputs: Properties) -> Created:
        self._call(aws, "attach_{}_policy", inputs[self.holder], PolicyArn=inputs["policyArn"])
        return Created(self._id(**inputs))

    def read(self, aws: Aws, resource_id: str, state: Properties) -> dict[str, Any] | None:
        name, _, arn = resource_id.partition("/")
        attached = self._call(aws, "list_attached_{}_policies", name)["AttachedPolicies"]
        if arn not in {policy["PolicyArn"] for policy in attached}:
            return None
        return {self.holder: name, "policyArn": arn}

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> None:
        """Nothing of it changes in place."""

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        name, _, arn = resource_id.partition("/")
        self._call(aws, "detach_{}_policy", name, PolicyArn=arn)

    def _call(self, aws: Aws, operation: str, name: str, **arguments: str) -> Any:
        call = getattr(aws.client("iam"), operation.format(self.holder))
        return call(**{f"{self.holder.title()}Name": name}, **arguments)


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


class InlinePolicy(ResourceType):
    """A policy embedded in a role or a user; the API's operations differ in that word only."""

    holder: ClassVar[str]
    optional: ClassVar = {"name": None, "namePrefix": None}
    documents = frozenset({"policy"})
    name_length = 128

    def create(self, aws: Aws, inputs: Properties) -> Created:
        resource_id = self._id(**{self.holder: inputs[self.holder], "name": made_up_name(inputs)})
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
        call = getattr(aws.client("iam"), f"{verb}_{self.holder}_policy")
        return call(**{f"{self.holder.title()}Name": holder}, PolicyName=name, **arguments)


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
        boundary = inputs["permissionsBoundary"]
        created = aws.client("iam").create_user(
            UserName=inputs["name"],
            Path=inputs["path"],
            Tags=tag_list(inputs["tagsAll"]),
            **({"PermissionsBoundary": boundary} if boundary else {}),
        )
        return Created(created["User"]["UserName"])

    def read(self, aws: Aws, resource_id: str, state: Properties) -> dict[str, Any] | None:
        user = aws.client("iam").get_user(UserName=resource_id)["User"]
        return {
            "arn": user["Arn"],
            "name": user["UserName"],
            "path": user["Path"],
            "permissionsBoundary": user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
            "tags": tag_map(user),
            "uniqueId": user["UserId"],
        }

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> None:
        iam = aws.client("iam")
        changed = self.changed(aws, old, new)
        if "path" in changed:
            iam.update_user(UserName=resource_id, NewPath=new["path"])
        if "permissionsBoundary" in changed:
            boundary = new["permissionsBoundary"]
            if boundary:
                iam.put_user_permissions_boundary(UserName=resource_id, PermissionsBoundary=boundary)
            else:
                iam.delete_user_permissions_boundary(UserName=resource_id)
        tags, removed = tag_changes(old, new)
        if removed:
            iam.untag_user(UserName=resource_id, TagKeys=removed)
        if tags:
            iam.tag_user(UserName=resource_id, Tags=tag_list(tags))

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        iam = aws.client("iam")
        for group in iam.list_groups_for_user(UserName=resource_id)["Groups"]:
            iam.remove_user_from_group(GroupName=group["GroupName"], UserName=resource_id)
        if state.get("forceDestroy"):
            for key in iam.list_access_keys(UserName=resource_id)["AccessKeyMetadata"]:
                iam.delete_access_key(UserName=resource_id, AccessKeyId=key["AccessKeyId"])
        iam.delete_user(UserName=resource_id)


class AccessKey(ResourceType):
    pulumi_type = "aws:iam/accessKey:AccessKey"
    required = ("user",)
    optional: ClassVar = {"status": "Active"}
    replaced_by = frozenset({"user"})
    computed = ("createDate", "secret", "sesSmtpPasswordV4")
    secrets = frozenset({"secret", "sesSmtpPasswordV4"})

    def create(self, aws: Aws, inputs: Properties) -> Created:
        key = aws.client("iam").create_access_key(UserName=inputs["user"])["AccessKey"]
        if inputs["status"] != key["Status"]:
            self._set_status(aws, key["AccessKeyId"], inputs)
        secret = key["SecretAccessKey"]
        told = {"secret": secret, "sesSmtpPasswordV4": ses_smtp_password(secret, aws.region)}
        return Created(key["AccessKeyId"], told)

    def read(self, aws: Aws, resource_id: str, state: Properties) -> dict[str, Any] | None:
        iam = aws.client("iam")
        user = state.get("user") or iam.get_access_key_last_used(AccessKeyId=resource_id)["UserName"]
        for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]:
            if key["AccessKeyId"] == resource_id:
                return {"user": user, "status": key["Status"], "createDate": timestamp(key["CreateDate"])}
        return None

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> None:
        self._set_status(aws, resource_id, new)

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        aws.client("iam").delete_access_key(UserName=state["user"], AccessKeyId=resource_id)

    def _set_status(self, aws: Aws, key_id: str, inputs: Properties) -> None:
        update = aws.client("iam").update_access_key
        update(UserName=inputs["user"], AccessKeyId=key_id, Status=inputs["status"])


def ses_smtp_password(secret: str, region: str) -> str:
    """The password for SES's SMTP endpoint that belongs to a secret access key.

    Source: Amazon SES Developer Guide, "Obtaining SMTP credentials by converting existing AWS credentials".
    """
    signature = f"AWS4{secret}".encode()
    for part in ("11111111", region, "ses", "aws4_request", "SendRawEmail"):
        signature = hmac.digest(signature, part.encode(), "sha256")
    return base64.b64encode(b"\x04" + signature).decode()


def timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


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
