"""The way to Port and to the people watching: credentials, one client per plugin process, warnings."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from port_byollm.errors import ConfigError, PortByollmError
from port_byollm.plugin.values import UNKNOWN

if TYPE_CHECKING:
    import httpx

    from port_byollm.client.port import PortClient

# Provider configuration -> environment variable, the names of Port's own Terraform provider.
_VARIABLES = {"clientId": "PORT_CLIENT_ID", "clientSecret": "PORT_CLIENT_SECRET", "baseUrl": "PORT_BASE_URL"}
CONFIG_KEYS = frozenset(_VARIABLES)


class Interrupted(PortByollmError):  # noqa: N818  reads better without "Error"
    """The engine was told to end (Ctrl-C) while something was waited for."""

    def __str__(self) -> str:
        return "interrupted while waiting to call Port again; run `pulumi up` again to go on"


class Connection:
    """Made once; `configure` is called by the engine before anything is asked of Port.

    `transport` (httpx) and `sleep` are for tests.
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
        """`config` is the provider's, plain. What it leaves out is taken from the environment when needed."""
        self._config = config
        self._port = None

    def port(self) -> "PortClient":
        """The client, made at the first call. Raises ConfigError where a setting for it is missing."""
        if self._port is None:
            # Imported here, because an update that changes nothing never gets here.
            from port_byollm.client.port import PortClient

            settings = {key: self._setting(key) for key in ("baseUrl", "clientId", "clientSecret")}
            self._port = PortClient(
                settings["baseUrl"],
                settings["clientId"],
                settings["clientSecret"],
                transport=self._transport,
                sleep=self.sleep,
            )
        return self._port

    def _setting(self, key: str) -> str:
        value = self._config.get(key)
        if value is None or value is UNKNOWN:
            value = os.environ.get(_VARIABLES[key])
        if not value:
            secret = " --secret" if key == "clientSecret" else ""
            raise ConfigError(
                f"port-byollm:{key}",
                "is not set, and Port cannot be called without it",
                f"run `pulumi config set{secret} port-byollm:{key} …` or set {_VARIABLES[key]}",
            )
        return str(value)

    def cancel(self) -> None:
        """End whatever waits; calls to Port that are under way are finished."""
        self._cancelled.set()

    async def sleep(self, seconds: float) -> None:
        """Raises Interrupted once `cancel` was called."""
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
        """Show a warning beside the resource. Failing to is no reason to fail the operation."""
        if not self._engine_address:
            return
        # Loopback: never through a proxy, whatever the environment says.
        options = [("grpc.enable_http_proxy", 0)]
        async with grpc.aio.insecure_channel(self._engine_address, options=options) as channel:
            request = engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=text, urn=urn)
            try:
                await engine_pb2_grpc.EngineStub(channel).Log(request, timeout=5)
            except grpc.aio.AioRpcError:
                return
