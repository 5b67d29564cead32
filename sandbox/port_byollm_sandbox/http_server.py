"""uvicorn inside the current process, with connections that a handler can abort, and with JSON errors."""

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
    """Add `abort_connection` to each request's state, since ASGI cannot close a connection without an answer.

    Input that is not HTTP does not reach the application: it is answered here, in the form of Port's errors.
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
        # The process that runs the server handles signals itself.
        yield


@asynccontextmanager
async def serving(app: ASGIApp, host: str = LOOPBACK, port: int = 0) -> AsyncIterator[int]:
    """Serve `app` on `host` within the block and yield the port; 0 picks a free one.

    The server ends within about a second of the block's end. Raises OSError if the address is not available.
    """
    # asyncio sets TCP_NODELAY only if the protocol is given; without it, each answer takes 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        # The connections of a killed emulator would otherwise occupy its port for a minute.
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
