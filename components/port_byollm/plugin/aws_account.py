"""The AWS account of the environment's credentials, before anything is removed.

A `pulumi destroy` runs no program that could look at them, and the AWS provider, which has the account too,
speaks up only once it is to delete something itself. By then Port would have lost its registration.
"""

from port_byollm.plugin.serving import PluginError


def check_account(expected: str, profile: str | None) -> None:
    """Ask `sts:GetCallerIdentity`, with credentials from where AWS's own tools take them, or of `profile`.

    Raises:
        PluginError: they are of another account than `expected`, 12 digits; or AWS does not tell.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        session = boto3.Session(profile_name=profile)
        # Which region answers makes no difference.
        sts = session.client("sts", region_name=session.region_name or "us-east-1")
        account = sts.get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise PluginError(f"nothing is removed before AWS says whose the credentials are: {error}") from error
    if account != expected:
        raise PluginError(
            f"the credentials in use are of AWS account {account}, and this stack is for {expected}; use "
            f"credentials of {expected}"
        )
