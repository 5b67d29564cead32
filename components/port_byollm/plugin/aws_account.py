"""Check the AWS account of the environment's credentials before a removal.

`pulumi destroy` does not run the program, which would check them. The AWS provider checks them only when it
deletes something itself, after the registration in Port is already removed.
"""

from port_byollm.plugin.serving import PluginError


def check_account(expected: str, profile: str | None) -> None:
    """Call `sts:GetCallerIdentity` with the default AWS credentials, or those of `profile`.

    Raises:
        PluginError: the credentials are not of the account `expected` (12 digits), or the call failed.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        session = boto3.Session(profile_name=profile)
        # Any region gives the same answer.
        sts = session.client("sts", region_name=session.region_name or "us-east-1")
        account = sts.get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise PluginError(
            f"nothing is removed while the AWS account of the credentials is unknown: {error}"
        ) from error
    if account != expected:
        raise PluginError(
            f"the credentials in use are of AWS account {account}, and this stack is for {expected}; use "
            f"credentials of {expected}"
        )
