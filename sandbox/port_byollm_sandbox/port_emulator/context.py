"""What the handlers share, kept on the application's state."""

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
    """None: there is no AWS to test connections against."""
    upstreams: Upstreams
    on_reset: Callable[[], Awaitable[None]]


def of(request: Request) -> Context:
    """The context of the application that serves this request."""
    found = request.app.state.context
    assert isinstance(found, Context)  # noqa: S101 - for the type checker: `create_app` sets it
    return found
