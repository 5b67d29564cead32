"""The plugin's host in the sandbox's process: one provider for each plugin process that the engine starts.

The engine expects a process that prints a port. `bin/pulumi-resource-aws` is that process and gets the port
from here, so that no run has to import boto3 and Pulumi's SDK.
"""

import asyncio
import json
from importlib.metadata import version
from typing import Any

from port_byollm.plugin import serving
from port_byollm_sandbox.aws_plugin.provider import AwsProvider
from port_byollm_sandbox.aws_plugin.session import Clients

HOST = "127.0.0.1"


class PluginHost:
    """Serves providers for the AWS at `aws_endpoint_url`.

    A connection sends one line, `{"region", "accessKey", "secretKey", "token"}` (from the engine's
    environment, or null), and gets one line back, the port of the provider's gRPC server.
    """

    def __init__(self, aws_endpoint_url: str):
        self._aws_endpoint_url = aws_endpoint_url
        self._clients = Clients()
        self._version = version("pulumi-aws")
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[Any]] = set()

    async def start(self) -> str:
        """Listen; return the address for `PORT_BYOLLM_SANDBOX_AWS_PLUGIN`."""
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self._warm_up = asyncio.create_task(asyncio.to_thread(self._clients.warm_up, self._aws_endpoint_url))
        return f"{HOST}:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """End every provider, and with it its plugin process."""
        if self._server is not None:
            self._server.close()
            for connection in self._connections:
                connection.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)
            await self._server.wait_closed()
            await self._warm_up
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one provider for as long as the connection is open."""
        if (connection := asyncio.current_task()) is not None:
            self._connections.add(connection)
            connection.add_done_callback(self._connections.discard)
        try:
            environment = json.loads(await reader.readline())
            provider = AwsProvider(self._clients, self._aws_endpoint_url, environment)
            server, port = await serving.start(provider, self._version)
            try:
                writer.write(f"{port}\n".encode())
                await writer.drain()
                await reader.read()
            finally:
                await server.stop(None)
        except (ConnectionError, ValueError):
            pass  # the client closed the connection, or does not speak this protocol
        finally:
            writer.close()
