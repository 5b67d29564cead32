"""Whether the credentials in use are those of the organization that is meant: `port-byollm:organization`.

Before the first call of a run that reads or writes anything in Port, the organization of the credentials is
asked for, once. A refresh too: what another organization has must not become this stack's state. An update
that changes nothing never gets here, and so asks nothing.

A preview writes nothing. Where there are credentials, and something is to change, it warns of what the
update would end with: another organization, or credentials of a member, who may only read. Where there are
none, or Port does not answer soon, it says nothing.
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
"""Asks Port whether something stands in the way: what it is, or nothing."""


class Target:
    """What is found out holds for the run: there is a process for each."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._asking = asyncio.Lock()
        self._found: str | None = None
        self._account_is_right = False
        self._has_advised = False

    async def check(self) -> None:
        """Before a call that is no preview's. Raises PluginError where the credentials are of another
        organization than the expected one, PortError where Port does not tell, ConfigError as `port`."""
        if not self._connection.organization:
            return
        async with self._asking:
            if self._found is None:
                self._found = await self._mismatch()
        if self._found:
            raise PluginError(self._found)

    async def check_removal(self) -> None:
        """As `check`, before a deletion; and that the AWS account is the expected one."""
        await self.check()
        account, profile = self._connection.aws_account
        async with self._asking:
            if account and not self._account_is_right:
                await asyncio.to_thread(check_account, account, profile)
                self._account_is_right = True

    async def check_admin(self) -> None:
        """Raises PluginError where the credentials are a member's."""
        if problem := await self._membership():
            raise PluginError(problem)

    async def advise(self, urn: str, obstacle: Question) -> None:
        """At preview: warn, once, of what an update would end with; `obstacle` is the resource's own."""
        meant = self._connection.is_told_whose and self._connection.fingerprint() is not None
        if self._has_advised or not meant:
            return
        self._has_advised = True
        if problem := await self._foreseen(obstacle):
            await self._connection.warn(urn, f"an update would fail: {problem}")

    async def _foreseen(self, obstacle: Question) -> str:
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
