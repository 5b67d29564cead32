"""The external ID that a role accepts, for the import of one that was not made here."""

from typing import TYPE_CHECKING

from port_byollm.iam.trust_policy import external_ids_of
from port_byollm.plugin.serving import PluginError

if TYPE_CHECKING:
    import boto3


def trusted_external_id(role: str, session: "boto3.Session | None" = None) -> str:
    """The one value of sts:ExternalId in the trust policy of `role`, a name or an ARN.

    Needs `iam:GetRole`, with credentials from where AWS's own tools take them.

    Raises:
        PluginError: AWS does not show the role, or its trust policy accepts no value or several.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        iam = (session or boto3.Session()).client("iam")
        found = iam.get_role(RoleName=role.rpartition("/")[2])["Role"]
    except (BotoCoreError, ClientError) as error:
        raise PluginError(
            "an ExternalId is imported by the ARN of the role that accepts it, and AWS does not show "
            f"{role}: {error}"
        ) from error
    if role.startswith("arn:") and found["Arn"] != role:
        raise PluginError(f"the AWS credentials in use see {found['Arn']} in place of {role}")
    values = external_ids_of(found["AssumeRolePolicyDocument"])
    if len(values) != 1:
        raise PluginError(
            f"the trust policy of {role} accepts {len(values) or 'no'} external IDs; leave exactly the one "
            "that Port's secret holds"
        )
    return values[0]
