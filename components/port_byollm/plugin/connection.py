"""Credentials, the client of Port's API (one per plugin process), and warnings to the user."""

import asyncio
import hashlib
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from port_byollm.client.settings import VARIABLES, check_address, other_address, required
from port_byollm.errors import PortByollmError
from port_byollm.plugin.values import UNKNOWN

if TYPE_CHECKING:
    import httpx

    from port_byollm.client.port import PortClient

CONFIG_KEYS = frozenset({*VARIABLES, "organization", "awsAccountId", "awsProfile"})


class Interrupted(PortByollmError):  # noqa: N818  reads better without "Error"
    """The engine was interrupted (Ctrl-C) during a wait."""

    def __str__(self) -> str:
        return "interrupted while waiting to call Port again; run `pulumi up` again to continue"


class Connection:
    """The plugin's connection to Port and the engine. The engine calls `configure` before any call to Port.

    `transport` (httpx), `sleep` and `clock` are for tests.
    """

    def __init__(
        self,
        engine_address: str = "",
        transport: "httpx.AsyncBaseTransport | None" = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine_address = engine_address
        self._transport = transport
        self._sleep = sleep
        self._cancelled = asyncio.Event()
        self.clock = clock
        self._config: Mapping[str, Any] = {}
        self._port: PortClient | None = None

    def configure(self, config: Mapping[str, Any]) -> None:
        """Set the provider's configuration, as plain data. Missing settings are read from the environment."""
        self._config = config
        self._port = None

    @property
    def organization(self) -> str | None:
        """Id or name of the organization that the credentials must belong to, or None for any."""
        return self._configured("organization")

    @property
    def aws_account(self) -> tuple[str | None, str | None]:
        """The account that the environment's AWS credentials must be of (None: any), and their profile."""
        return self._configured("awsAccountId"), self._configured("awsProfile")

    @property
    def is_intended(self) -> bool:
        """Whether the provider's configuration has the credentials or the organization. Otherwise the
        environment's credentials may be meant for something else."""
        return bool(self.organization or self._configured("clientId"))

    def fingerprint(self) -> str | None:
        """Return a fingerprint of address, client ID and expected organization, or None without credentials.

        If it changes, earlier checks of the credentials no longer hold.
        """
        base_url, client_id, client_secret = map(self._given, VARIABLES)
        if not (base_url and client_id and client_secret):
            return None
        other = other_address(base_url) if self._has_ambient_credentials else None
        parts = (base_url, client_id, self.organization or "", other or "")
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def port(self) -> "PortClient":
        """Return the client, created by the first call.

        Raises ConfigError if a setting is missing, or if the credentials come with another address.
        """
        if self._port is None:
            # Imported here, because a no-op update never calls Port.
            from port_byollm.client.port import PortClient

            settings = {key: required(key, self._given(key)) for key in VARIABLES}
            if self._has_ambient_credentials:
                check_address(settings["baseUrl"])
            self._port = PortClient(
                settings["baseUrl"],
                settings["clientId"],
                settings["clientSecret"],
                transport=self._transport,
                sleep=self.sleep,
            )
        return self._port

    def _configured(self, key: str) -> str | None:
        value = self._config.get(key)
        return None if value is None or value is UNKNOWN else str(value)

    def _given(self, key: str) -> str | None:
        return self._configured(key) or os.environ.get(VARIABLES[key])

    @property
    def _has_ambient_credentials(self) -> bool:
        """Whether the credentials must be of one organization, but come from the environment."""
        return bool(self.organization) and not self._configured("clientSecret")

    def cancel(self) -> None:
        """End all waits. Calls to Port that are in progress continue."""
        self._cancelled.set()

    async def sleep(self, seconds: float) -> None:
        """Sleep. Raises Interrupted once `cancel` was called."""
        waits = (
            asyncio.ensure_future(self._sleep(seconds)),
            asyncio.ensure_future(self._cancelled.wait()),
        )
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if self._cancelled.is_set():
            raise Interrupted

    async def warn(self, urn: str, text: str) -> None:
        """Show a warning beside the resource. If the engine does not accept it, nothing fails."""
        if not self._engine_address:
            return
        # The engine listens on loopback, which must not be reached through a proxy.
        options = [("grpc.enable_http_proxy", 0)]
        async with grpc.aio.insecure_channel(self._engine_address, options=options) as channel:
            request = engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=text, urn=urn)
            try:
                await engine_pb2_grpc.EngineStub(channel).Log(request, timeout=5)
            except grpc.aio.AioRpcError:
                return
