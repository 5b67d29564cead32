"""Check that the credentials are of the expected organization, `port-byollm:organization`.

The credentials' organization is read once, before the first call of a run that reads or writes anything in
Port. A refresh checks it too: another organization's data must not become this stack's state. A no-op update
makes no call.

A preview only warns. If there are credentials and something will change, it warns that the update would fail,
because the credentials are of another organization or of a member, who may only read. Without credentials, or
if Port does not answer soon, it does not warn.
"""

import asyncio
from collections.abc import Awaitable, Callable

from port_byollm.client.errors import AuthFailed, PortError
from port_byollm.errors import ConfigError
from port_byollm.plugin.aws_account import check_account
from port_byollm.plugin.connection import Connection
from port_byollm.plugin.serving import PluginError

_PATIENCE = 5.0
"""Seconds that a preview waits for Port."""

Question = Callable[[], Awaitable[str]]
"""Asks Port for an obstacle to the update; empty if there is none."""


class Target:
    """Checks of the target. Results hold for the run, which has a plugin process of its own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._asking = asyncio.Lock()
        self._found: str | None = None
        self._account_is_right = False
        self._has_advised = False

    async def check(self) -> None:
        """Check the organization, before a call outside of previews.

        Raises PluginError if the credentials are of another organization, PortError if Port's answer is an
        error, and ConfigError like `Connection.port`.
        """
        if not self._connection.organization:
            return
        async with self._asking:
            if self._found is None:
                self._found = await self._mismatch()
        if self._found:
            raise PluginError(self._found)

    async def check_removal(self) -> None:
        """Check the organization and the AWS account, before a deletion. Raises like `check`."""
        await self.check()
        account, profile = self._connection.aws_account
        async with self._asking:
            if account and not self._account_is_right:
                await asyncio.to_thread(check_account, account, profile)
                self._account_is_right = True

    async def check_admin(self) -> None:
        """Raise PluginError if the credentials are a member's."""
        if problem := await self._membership():
            raise PluginError(problem)

    async def advise(self, urn: str, obstacle: Question) -> None:
        """At preview, warn once if an update would fail. `obstacle` asks for the resource's own reason."""
        intended = self._connection.is_intended and self._connection.fingerprint() is not None
        if self._has_advised or not intended:
            return
        self._has_advised = True
        if problem := await self._problem(obstacle):
            await self._connection.warn(urn, f"an update would fail: {problem}")

    async def _problem(self, obstacle: Question) -> str:
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._mismatch() or await obstacle() or await self._membership()
        except (AuthFailed, ConfigError) as error:
            return str(error)
        except (PortError, TimeoutError):
            return ""

    async def _mismatch(self) -> str:
        expected = self._connection.organization
        if not expected:
            return ""
        found = await self._connection.port().organization.get()
        if found.is_called(expected):
            return ""
        known = f"{found.name} ({found.id})" if found.id else found.name
        return (
            f"the credentials in use are of Port's organization {known}, and this stack is for {expected}; "
            f"use credentials of {expected}, or correct byollm:target.portOrganization"
        )

    async def _membership(self) -> str:
        if await self._connection.port().organization.is_managed_by_caller():
            return ""
        return (
            "this needs an organization admin, and the credentials are a member's; use an admin's client ID "
            "and secret (Port: Credentials), or ask an admin to run this"
        )
