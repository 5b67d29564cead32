"""The external ID that a role accepts, for importing an `ExternalId`."""

from typing import TYPE_CHECKING

from port_byollm.iam.trust_policy import external_ids_of
from port_byollm.plugin.serving import PluginError

if TYPE_CHECKING:
    import boto3


def trusted_external_id(role: str, session: "boto3.Session | None" = None) -> str:
    """Return the single `sts:ExternalId` in the trust policy of `role`, a name or an ARN.

    Needs `iam:GetRole` with the default AWS credentials, or those of `session`.

    Raises:
        PluginError: the role cannot be read, or its trust policy accepts no value or several.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        iam = (session or boto3.Session()).client("iam")
        found = iam.get_role(RoleName=role.rpartition("/")[2])["Role"]
    except (BotoCoreError, ClientError) as error:
        raise PluginError(
            "an ExternalId is imported by the ARN of the role that accepts it, but AWS does not return "
            f"{role}: {error}"
        ) from error
    if role.startswith("arn:") and found["Arn"] != role:
        raise PluginError(f"with the AWS credentials in use, the role is {found['Arn']} instead of {role}")
    values = external_ids_of(found["AssumeRolePolicyDocument"])
    if len(values) != 1:
        raise PluginError(
            f"the trust policy of {role} accepts {len(values) or 'no'} external IDs; leave exactly the one "
            "that Port's secret holds"
        )
    return values[0]
