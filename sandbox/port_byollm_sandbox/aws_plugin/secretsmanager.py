"""`aws:secretsmanager/…` (https://www.pulumi.com/registry/packages/aws/api-docs/secretsmanager/)."""

from collections.abc import Mapping
from typing import Any

from port_byollm_sandbox.aws_plugin.session import Aws


def get_secret_version(aws: Aws, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return a secret's value, by `versionId` or `versionStage` (AWSCURRENT if neither is given).

    Like the real plugin's, it is not marked secret (pulumi/pulumi-aws#1449): the program has to do that.
    """
    secret_id, version_id = arguments["secretId"], arguments.get("versionId")
    stage = arguments.get("versionStage") or "AWSCURRENT"
    version = {"VersionId": version_id} if version_id else {"VersionStage": stage}
    client = aws.client("secretsmanager", arguments.get("region"))
    found = client.get_secret_value(SecretId=secret_id, **version)
    return {
        "id": f"{secret_id}|{version_id or stage}",
        "arn": found["ARN"],
        "secretArn": found["ARN"],
        "createdDate": found["CreatedDate"].isoformat(),
        "region": client.meta.region_name,
        "secretId": secret_id,
        "secretString": found.get("SecretString", ""),
        "secretBinary": found.get("SecretBinary", b"").decode(errors="replace"),
        "versionId": found["VersionId"],
        "versionStage": stage,
        "versionStages": found["VersionStages"],
    }
