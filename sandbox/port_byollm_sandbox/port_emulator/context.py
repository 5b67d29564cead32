"""The objects that all handlers share, kept in the application's state."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request

from port_byollm_sandbox.port_emulator.faults import Faults
from port_byollm_sandbox.port_emulator.journal import Journal
from port_byollm_sandbox.port_emulator.locks import Locks
from port_byollm_sandbox.port_emulator.store import Store
from port_byollm_sandbox.upstreams.server import Upstreams


@dataclass(frozen=True)
class Context:
    store: Store
    faults: Faults
    journal: Journal
    locks: Locks
    aws_endpoint_url: str | None
    """None: no AWS is available for testing connections."""
    upstreams: Upstreams
    on_reset: Callable[[], Awaitable[None]]


def of(request: Request) -> Context:
    """Return the context of the application that serves this request."""
    context = request.app.state.context
    assert isinstance(context, Context)  # noqa: S101 - for the type checker: `create_app` sets it
    return context
