"""Middleware around Port's API: applies faults, and records each request in the journal."""

import asyncio
from datetime import timedelta

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from port_byollm_sandbox.port_emulator.auth import bearer_token
from port_byollm_sandbox.port_emulator.errors import PortError, status_name
from port_byollm_sandbox.port_emulator.faults import CONTROL_PLANE, NO_BODY, Fault, Faults
from port_byollm_sandbox.port_emulator.journal import Journal
from port_byollm_sandbox.port_emulator.pages.paths import UI
from port_byollm_sandbox.port_emulator.store import Store

NOT_PORTS_API = (f"{CONTROL_PLANE}/", f"{UI}/")
IAM_DELAY = "iam_delay"


class FaultsAndJournal:
    def __init__(self, app: ASGIApp, store: Store, faults: Faults, journal: Journal) -> None:
        self.app = app
        self.store = store
        self.faults = faults
        self.journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(NOT_PORTS_API):
            await self.app(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        fault = self.faults.take(method, path)
        status: int | None = None
        record = self.journal.begin(method, path)

        async def observe(message: Message) -> None:
            nonlocal status
            if fault is not None and fault.drop:
                return
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            if fault is not None:
                await asyncio.sleep(fault.latency_seconds)
                self._prepare(fault, scope)
            if fault is not None and fault.status is not None:
                await self._answer(fault, fault.status)(scope, receive, observe)
            elif fault is None or fault.drop != "request":
                await self.app(scope, receive, observe)
        except ClientDisconnect:
            return  # while sending its body: nobody is left to answer
        except Exception:
            status = 500  # answered by the server's error middleware, outside this one
            raise
        finally:
            record(status)
        if fault is not None and fault.drop:
            await _drop_connection(scope)

    def _prepare(self, fault: Fault, scope: Scope) -> None:
        """Apply what the fault changes before the request is handled."""
        if fault.expire_token:
            self.store.tokens.expire(bearer_token(Headers(scope=scope)))
        if fault.iam_delay_seconds:
            scope.setdefault("state", {})[IAM_DELAY] = timedelta(seconds=fault.iam_delay_seconds)

    def _answer(self, fault: Fault, status: int) -> Response:
        if isinstance(fault.body, dict):
            return JSONResponse(fault.body, status, fault.headers)
        if isinstance(fault.body, str) or status in NO_BODY:
            return HTMLResponse(fault.body or None, status, fault.headers)
        message = "A fault set through the emulator's control plane"
        error = PortError(status, status_name(status), message)
        return JSONResponse(error.to_body(self.store.settings.get().error_form), status, fault.headers)


def iam_delay(request: Request) -> timedelta:
    """Return the age below which this request does not see a role or an access key."""
    delay: timedelta = getattr(request.state, IAM_DELAY, timedelta())
    return delay


async def _drop_connection(scope: Scope) -> None:
    # `http_server.JsonProtocol` sets it; in-process transports have no connection to drop.
    abort = scope.get("state", {}).get("abort_connection")
    if abort is None:
        raise ConnectionAbortedError("the emulator dropped the connection because of a fault")
    abort()
    await asyncio.sleep(0.01)  # let the server notice the closed connection before it misses the answer
