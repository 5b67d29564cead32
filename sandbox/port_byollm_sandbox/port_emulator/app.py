"""The emulator as an ASGI application."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from port_byollm_sandbox.port_emulator import control, pages
from port_byollm_sandbox.port_emulator.context import Context
from port_byollm_sandbox.port_emulator.errors import PortError, answer
from port_byollm_sandbox.port_emulator.faults import Faults
from port_byollm_sandbox.port_emulator.journal import Journal
from port_byollm_sandbox.port_emulator.locks import Locks
from port_byollm_sandbox.port_emulator.middleware import FaultsAndJournal
from port_byollm_sandbox.port_emulator.organizations import Credential, Organization, Role
from port_byollm_sandbox.port_emulator.routes import (
    access_token,
    invocations,
    llm_defaults,
    llm_providers,
    organization,
    quota,
    secrets,
)
from port_byollm_sandbox.port_emulator.store import Store
from port_byollm_sandbox.upstreams.server import Upstreams


@dataclass(frozen=True)
class Tenant:
    """The organization that exists initially and after each reset, with exactly these credentials."""

    organization: Organization
    credentials: Mapping[Role, Credential]


def create_app(
    directory: Path,
    tenant: Tenant,
    aws_endpoint_url: str | None,
    upstreams: Upstreams | None = None,
    on_reset: Callable[[], Awaitable[None]] | None = None,
) -> Starlette:
    """Create an emulator with its store in `directory`, which is created if missing.

    It tests connections against `aws_endpoint_url` and `upstreams`, which the caller serves. Without an AWS,
    it refuses to test Bedrock. `POST /_emulator/reset` awaits `on_reset` before it empties the store. Raises
    StoreError if the directory cannot be used.
    """
    store = Store(directory)
    faults = Faults()
    journal = Journal()
    vendors = upstreams or Upstreams()

    def fill() -> None:
        organization, credentials = tenant.organization, tenant.credentials.items()
        if not store.organizations.create(organization, credentials):
            store.organizations.replace_credentials(organization.id, credentials)

    async def reset() -> None:
        if on_reset is not None:
            await on_reset()
        faults.clear()
        journal.clear()
        vendors.reset()
        store.clear()
        fill()

    fill()
    app = Starlette(
        routes=[
            *access_token.routes,
            *organization.routes,
            *secrets.routes,
            *llm_defaults.routes,  # before `/v1/llm-providers/{provider}`
            *llm_providers.routes,
            *invocations.routes,
            *quota.routes,
            *control.routes,
            *pages.routes,
        ],
        middleware=[Middleware(FaultsAndJournal, store=store, faults=faults, journal=journal)],
        exception_handlers={
            PortError: answer,
            HTTPException: answer,
            Exception: answer,
            **pages.exception_handlers,
        },
    )
    app.state.context = Context(store, faults, journal, Locks(), aws_endpoint_url, vendors, reset)
    return app
