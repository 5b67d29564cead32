"""What programs write about IAM."""

from typing import Any

POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
INLINE = "aws:iam/rolePolicy:RolePolicy"
USER_INLINE = "aws:iam/userPolicy:UserPolicy"
USER = "aws:iam/user:User"
USER_ATTACHMENT = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
ACCESS_KEY = "aws:iam/accessKey:AccessKey"
GATEWAY = "arn:aws:iam::185657066287:role/gateway"


def document(action: str | list[str] = "bedrock:InvokeModel", **statement: Any) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [allowed | statement]}


def trust(external_id: Any = "id") -> dict[str, Any]:
    condition = {"StringEquals": {"sts:ExternalId": external_id}}
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": GATEWAY}}
    return {"Version": "2012-10-17", "Statement": [statement | {"Condition": condition}]}
