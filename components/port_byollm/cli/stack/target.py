"""Whether the credentials in use are those of the stack's `byollm:target`.

An update finds out by itself (`stacks/target.py`); this is for commands that write something without one.
Each is to be called within `Stack.environment`, and passes for a stack that has no target.
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
    """Both sides of it; `config` is the stack's.

    Raises:
        ConfigError: the credentials of one are somebody else's, or the target does not hold.
        PortByollmError: AWS or Port does not say whose they are.
    """
    from port_byollm.cli.stack.organization import port_client

    async def check() -> None:
        async with port_client(stack, config) as port:
            await check_organization(port, config)

    if "byollm:target" in config:
        check_account(config)
        asyncio.run(check())


def check_account(config: Mapping[str, Any]) -> None:
    """Ask `sts:GetCallerIdentity`. Raises as `check_target`."""
    target = _target(config)
    if target is None:
        return
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    # Which region answers makes no difference.
    region = config.get("aws:region") or "us-east-1"
    try:
        session = boto3.Session(profile_name=config.get("aws:profile"), region_name=region)
        caller = session.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise PortByollmError(
            f"AWS does not say whose the credentials in use are ({error}); {sign_in(target.aws_account_id)}"
        ) from error
    if target.aws_account_id != caller["Account"]:
        raise ConfigError(
            "byollm:target.awsAccountId",
            f"is {target.aws_account_id}, and the AWS credentials in use are {caller['Arn']} of "
            f"{caller['Account']}",
            "use credentials of the target account",
        )


async def check_organization(port: "PortClient", config: Mapping[str, Any]) -> "OrganizationInfo":
    """The organization of the credentials in use. Raises ConfigError where it is another one, PortError."""
    target = _target(config)
    organization = await port.organization.get()
    if target and not organization.is_called(target.port_organization):
        raise ConfigError(
            "byollm:target.portOrganization",
            f"is {target.port_organization}, and the credentials in use are of Port's organization "
            f"{organization.name}",
            f"use credentials of {target.port_organization}",
        )
    return organization


def _target(config: Mapping[str, Any]) -> "Target | None":
    """Raises ConfigError where it does not hold: what it guards would go unguarded."""
    from port_byollm.stack_config import parse

    return parse(config, "target").target
