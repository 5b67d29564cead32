"""Whether the credentials in use are those of the stack's `byollm:target`.

An update finds out by itself (`stacks/target.py`); this is for commands that write something without one.
Each is to be called within `Stack.environment`, and passes for a stack that has no target.
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from port_byollm.cli.stack import Stack
from port_byollm.errors import ConfigError, PortByollmError

if TYPE_CHECKING:
    from port_byollm.client.port import PortClient
    from port_byollm.client.wire import OrganizationInfo


def check_target(stack: Stack, config: Mapping[str, Any]) -> None:
    """Both sides of it; `config` is the stack's.

    Raises:
        ConfigError: the credentials of one are somebody else's.
        PortByollmError: AWS or Port does not say whose they are.
    """
    from port_byollm.cli.organization import port_client

    async def check() -> None:
        async with port_client(stack, config) as port:
            await check_organization(port, config)

    if "byollm:target" in config:
        check_account(config)
        asyncio.run(check())


def check_account(config: Mapping[str, Any]) -> None:
    """Ask `sts:GetCallerIdentity`. Raises as `check_target`."""
    if "awsAccountId" not in _target(config):
        return
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    # Which region answers makes no difference.
    region = config.get("aws:region") or "us-east-1"
    try:
        session = boto3.Session(profile_name=config.get("aws:profile"), region_name=region)
        caller = session.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise PortByollmError(f"AWS does not say whose the credentials in use are: {error}") from error
    check_caller(config, caller["Account"], caller["Arn"])


def check_caller(config: Mapping[str, Any], account: str, arn: str) -> None:
    """`arn` of `account` is whose AWS credentials are in use. Raises ConfigError."""
    expected = _target(config).get("awsAccountId")
    if expected and str(expected) != account:
        raise ConfigError(
            "byollm:target.awsAccountId",
            f"is {expected}, and the AWS credentials in use are {arn} of {account}",
            "use credentials of the target account",
        )


async def check_organization(port: "PortClient", config: Mapping[str, Any]) -> "OrganizationInfo":
    """The organisation of the credentials in use. Raises ConfigError where it is another one, PortError."""
    expected = _target(config).get("portOrganization")
    organization = await port.organization.get()
    if expected and not organization.is_called(str(expected)):
        raise ConfigError(
            "byollm:target.portOrganization",
            f"is {expected}, and the credentials in use are of Port's organization {organization.name}",
            f"use credentials of {expected}",
        )
    return organization


def _target(config: Mapping[str, Any]) -> Mapping[str, Any]:
    return config.get("byollm:target") or {}
