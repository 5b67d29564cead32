"""Faults that tests and people inject into Port's answers."""

import asyncio
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from port_byollm_sandbox.port_emulator.store import Store

CONTROL_PLANE = "/_emulator"


class Fault(BaseModel):
    """What happens to the requests that it matches, until it has happened `times` times."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)

    method: str = "*"
    path: str
    """A pattern: `*` matches any number of characters, `?` one."""
    times: int | None = Field(1, ge=1)
    """None: until the faults are cleared."""
    latency_seconds: float = Field(0, ge=0, le=60)
    status: int | None = Field(None, ge=200, le=599)
    """Answer with this status instead of handling the request."""
    headers: dict[str, str] = {}
    body: dict[str, Any] | None = None
    """Default: Port's form of an error."""
    drop: Literal["request", "response"] | None = None
    """Close the connection before the request is handled, or after it, so that only the answer is lost."""

    def matches(self, method: str, path: str) -> bool:
        return self.times != 0 and self.method.upper() in ("*", method) and fnmatchcase(path, self.path)


class Faults:
    """The faults that are set, the first match being the one that happens."""

    def __init__(self) -> None:
        self.all: list[Fault] = []

    def clear(self) -> None:
        self.all.clear()

    def take(self, method: str, path: str) -> Fault | None:
        fault = next((one for one in self.all if one.matches(method, path)), None)
        if fault is not None and fault.times is not None:
            fault.times -= 1
            if not fault.times:
                self.all.remove(fault)
        return fault


class FaultsAndJournal:
    """ASGI middleware around Port's API: lets faults happen, and writes each request to the journal."""

    def __init__(self, app: ASGIApp, store: Store, faults: Faults) -> None:
        self.app = app
        self.store = store
        self.faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(f"{CONTROL_PLANE}/"):
            await self.app(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        fault = self.faults.take(method, path)
        status: int | None = None

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
            if fault is not None and fault.status is not None:
                await _answer(fault)(scope, receive, observe)
            elif fault is None or fault.drop != "request":
                await self.app(scope, receive, observe)
        except Exception:
            status = 500  # answered by the server's error middleware, outside this one
            raise
        finally:
            self.store.record(method, path, status)
        if fault is not None and fault.drop:
            await _drop_connection(scope)


def _answer(fault: Fault) -> Response:
    error = {"ok": False, "error": "injected_fault", "message": "A fault set on the emulator's control plane"}
    return JSONResponse(error if fault.body is None else fault.body, fault.status or 500, fault.headers)


async def _drop_connection(scope: Scope) -> None:
    # `http_server.AbortableProtocol` puts this here; in-process transports have no connection to drop.
    abort = scope.get("state", {}).get("abort_connection")
    if abort is None:
        raise ConnectionAbortedError("the emulator dropped the connection, as its fault asks for")
    abort()
    await asyncio.sleep(0.01)  # lets the server see that the client is gone before it misses the answer
