"""`port-byollm models`."""

import click

from port_byollm.cli.group import Group
from port_byollm.cli.stack.aws_credentials import sign_in
from port_byollm.errors import ConfigError, PortByollmError


@click.group(cls=Group)
def command() -> None:
    """Keep the model catalog up to date."""


@command.command
@click.option("--region", help="The AWS region to query. Default: the one from your AWS configuration.")
def refresh(region: str | None) -> None:
    """Update the catalog with the AWS account's inference profiles and foundation models.

    Needs `bedrock:ListInferenceProfiles` and `bedrock:ListFoundationModels`.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from port_byollm.catalogue.refresh import refresh as refresh_catalogue

    session = boto3.Session(region_name=region)
    if session.region_name is None:
        raise ConfigError("region", "no AWS region is configured", "give --region or set AWS_REGION")
    try:
        click.echo(refresh_catalogue(session, session.region_name))
    except (BotoCoreError, ClientError) as error:
        raise PortByollmError(
            f"AWS did not list the models of {session.region_name} ({error}); {sign_in(None)}"
        ) from error
