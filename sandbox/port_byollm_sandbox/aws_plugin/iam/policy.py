"""A managed policy."""

from typing import Any, ClassVar

from port_byollm_sandbox.aws_plugin.iam.api import compact, set_tags, tag_list, tag_map
from port_byollm_sandbox.aws_plugin.resource import Created, Properties, ResourceType, name_of
from port_byollm_sandbox.aws_plugin.session import Aws

# The number of versions that AWS keeps of a policy.
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
            PolicyName=name_of(inputs),
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
        set_tags(iam, "policy", {"PolicyArn": resource_id}, old, new)

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


def other_versions(iam: Any, arn: str) -> list[dict[str, Any]]:
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    return [version for version in versions if not version["IsDefaultVersion"]]
