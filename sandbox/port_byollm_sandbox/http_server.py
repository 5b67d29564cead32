"""uvicorn inside a process of ours: with connections that a handler can abort, and errors that are JSON."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

LOOPBACK = "127.0.0.1"


class JsonProtocol(H11Protocol):
    """Puts `abort_connection` on each request's state: ASGI has no way to close without an answer.

    What is no HTTP reaches no application: it is answered here, in the form of Port's errors.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self.app_state = {**self.app_state, "abort_connection": transport.abort}

    def send_400_response(self, msg: str) -> None:
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = json.dumps({"ok": False, "error": "bad_request", "message": msg}).encode()
            headers = [
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(body))),
                ("Connection", "close"),
            ]
            for event in (h11.Response(status_code=400, headers=headers), h11.Data(body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event))
        self.transport.close()


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Signals belong to the process that runs the server.
        yield


@asynccontextmanager
async def serving(app: ASGIApp, host: str = LOOPBACK, port: int = 0) -> AsyncIterator[int]:
    """Serve `app` on `host`; the value is the port, a free one where 0 is asked for. Ends within about a
    second of the block's end. Raises OSError where the address cannot be had."""
    # Only where the protocol is named does asyncio set TCP_NODELAY, without which each answer takes 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        # An emulator that was killed leaves connections behind that would keep its port for a minute.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
        config = uvicorn.Config(
            app,
            http=JsonProtocol,
            ws="none",
            lifespan="off",
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await task
