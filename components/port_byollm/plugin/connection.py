"""The way to Port and to the people watching: credentials, one client per plugin process, warnings."""

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

    @property
    def organization(self) -> str | None:
        """Id or name of the organization that the credentials have to be of; None: any."""
        return self._configured("organization")

    @property
    def aws_account(self) -> tuple[str | None, str | None]:
        """The AWS account that the environment's credentials have to be of (None: any), and their profile."""
        return self._configured("awsAccountId"), self._configured("awsProfile")

    @property
    def is_told_whose(self) -> bool:
        """Whether the credentials are known to be meant for what is deployed: the provider's configuration
        has them, or says of which organization they are. Those of an environment may be anybody's."""
        return bool(self.organization or self._configured("clientId"))

    def fingerprint(self) -> str | None:
        """Of address, client ID and expected organization: another one means that what was found out about
        the credentials no longer counts. None where there are no credentials."""
        base_url, client_id, client_secret = map(self._given, VARIABLES)
        if not (base_url and client_id and client_secret):
            return None
        other = other_address(base_url) if self._has_ambient_credentials else None
        parts = (base_url, client_id, self.organization or "", other or "")
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def port(self) -> "PortClient":
        """The client, made at the first call.

        Raises ConfigError where a setting for it is missing, or the credentials came with another address.
        """
        if self._port is None:
            # Imported here, because an update that changes nothing never gets here.
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
        """Whether credentials that are to be of one organization are the environment's."""
        return bool(self.organization) and not self._configured("clientSecret")

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
