"""A user's access key."""

import base64
import hmac
from typing import Any, ClassVar

from port_byollm_sandbox.aws_plugin.iam.api import timestamp
from port_byollm_sandbox.aws_plugin.resource import Created, Properties, ResourceType
from port_byollm_sandbox.aws_plugin.session import Aws


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
        outputs = {"secret": secret, "sesSmtpPasswordV4": ses_smtp_password(secret, aws.region)}
        return Created(key["AccessKeyId"], outputs)

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
    """Return the password for SES's SMTP endpoint that belongs to a secret access key.

    Source: Amazon SES Developer Guide, "Obtaining SMTP credentials by converting existing AWS credentials".
    """
    signature = f"AWS4{secret}".encode()
    for part in ("11111111", region, "ses", "aws4_request", "SendRawEmail"):
        signature = hmac.digest(signature, part.encode(), "sha256")
    return base64.b64encode(b"\x04" + signature).decode()
