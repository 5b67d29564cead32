"""Check that the credentials in use are for the stack's `byollm:target`.

An update checks this itself (`stacks/target.py`); these checks are for commands that write without an update.
Call them within `Stack.environment`. They pass for a stack without a target.
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from port_byollm.cli.stack.aws_credentials import sign_in
from port_byollm.cli.stack.stack import Stack
from port_byollm.errors import ConfigError, PortByollmError

if TYPE_CHECKING:
    from port_byollm.client.port import PortClient
    from port_byollm.client.wire import OrganizationInfo
    from port_byollm.stack_config import Target


def check_target(stack: Stack, config: Mapping[str, Any]) -> None:
    """Check AWS account and Port organization; `config` is the stack's configuration.

    Raises:
        ConfigError: credentials are for another account or organization, or the target is invalid.
        PortByollmError: AWS or Port does not tell whose the credentials are.
    """
    from port_byollm.cli.stack.organization import port_client

    async def check() -> None:
        async with port_client(stack, config) as port:
            await check_organization(port, config)

    if "byollm:target" in config:
        check_account(config)
        asyncio.run(check())


def check_account(config: Mapping[str, Any]) -> None:
    """Check the AWS account with `sts:GetCallerIdentity`. Raises like `check_target`."""
    target = _target(config)
    if target is None:
        return
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    # Any region gives the same answer.
    region = config.get("aws:region") or "us-east-1"
    try:
        session = boto3.Session(profile_name=config.get("aws:profile"), region_name=region)
        caller = session.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise PortByollmError(
            f"AWS does not tell whose the credentials in use are ({error}); {sign_in(target.aws_account_id)}"
        ) from error
    if target.aws_account_id != caller["Account"]:
        raise ConfigError(
            "byollm:target.awsAccountId",
            f"is {target.aws_account_id}, but the AWS credentials in use are {caller['Arn']} of "
            f"{caller['Account']}",
            "use credentials of the target account",
        )


async def check_organization(port: "PortClient", config: Mapping[str, Any]) -> "OrganizationInfo":
    """Return the credentials' organization. Raises ConfigError if it is not the target's, and PortError."""
    target = _target(config)
    organization = await port.organization.get()
    if target and not organization.is_called(target.port_organization):
        raise ConfigError(
            "byollm:target.portOrganization",
            f"is {target.port_organization}, but the credentials in use are for Port's organization "
            f"{organization.name}",
            f"use credentials of {target.port_organization}",
        )
    return organization


def _target(config: Mapping[str, Any]) -> "Target | None":
    """Raises ConfigError if it is invalid, because nothing would be checked."""
    from port_byollm.stack_config import parse

    return parse(config, "target").target
