"""Whether the credentials in use are those of the organisation that is meant: `port-byollm:organization`.

Before the first call of a run that reads or writes anything in Port, the organisation of the credentials is
asked for, once. A refresh too: what another organisation has must not become this stack's state. An update
that changes nothing never gets here, and so asks nothing.

A preview writes nothing. Where there are credentials, and something is to change, it warns of what the
update would end with: another organisation, or credentials of a member, who may only read. Where there are
none, or Port does not answer soon, it says nothing.
"""

import asyncio

from port_byollm.client.errors import AuthFailed, PortError
from port_byollm.errors import ConfigError
from port_byollm.plugin.connection import Connection
from port_byollm.plugin.serving import PluginError

_PATIENCE = 5.0
"""Seconds that a preview waits for Port."""


class Target:
    """What is found out holds for the run: there is a process for each."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._asking = asyncio.Lock()
        self._found: str | None = None
        self._advice: asyncio.Task[bool] | None = None

    async def check(self) -> None:
        """Before a call that is no preview's. Raises PluginError where the credentials are of another
        organisation than the expected one, PortError where Port does not tell, ConfigError as `port`."""
        if not self._connection.organization:
            return
        async with self._asking:
            if self._found is None:
                self._found = await self._mismatch()
        if self._found:
            raise PluginError(self._found)

    async def check_admin(self) -> None:
        """As `check`; and raises PluginError where the credentials are a member's."""
        await self.check()
        if problem := await self._membership():
            raise PluginError(problem)

    async def advise(self, urn: str) -> bool:
        """At preview: warn of what an update would end with, once. Whether Port says that it may go on."""
        if self._advice is None:
            self._advice = asyncio.ensure_future(self._advise(urn))
        return await self._advice

    async def _advise(self, urn: str) -> bool:
        if not self._connection.is_told_whose or self._connection.fingerprint() is None:
            return False
        try:
            async with asyncio.timeout(_PATIENCE):
                problem = await self._mismatch() or await self._membership()
        except (AuthFailed, ConfigError) as error:
            problem = str(error)
        except (PortError, TimeoutError):
            return False
        if problem:
            await self._connection.warn(urn, f"an update would fail: {problem}")
        return not problem

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
            "this needs an organisation admin, and the credentials are a member's; use an admin's client ID "
            "and secret (Port: Credentials), or ask an admin to run this"
        )
