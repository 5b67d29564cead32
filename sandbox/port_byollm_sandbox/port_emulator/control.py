"""The emulator's control plane: journal, faults, settings, upstreams, organizations, audit trails, reset.

It needs no token, and is therefore restricted by `LoopbackOnly`.
"""

from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from port_byollm_sandbox.port_emulator import context, validation, wire
from port_byollm_sandbox.port_emulator.errors import PortError, provider_not_found
from port_byollm_sandbox.port_emulator.faults import CONTROL_PLANE, Fault
from port_byollm_sandbox.port_emulator.loopback import LoopbackOnly
from port_byollm_sandbox.port_emulator.organizations import Credential, Organization, Role
from port_byollm_sandbox.port_emulator.settings import Settings
from port_byollm_sandbox.port_emulator.store.audit import MAX_NUMBER
from port_byollm_sandbox.upstreams.upstream import Change

MAX_AUDIT_PAGE = 1000


class NewOrganization(wire.Body):
    id: str = Field(pattern=r"^[a-z0-9-]{1,50}$")
    name: str | None = None
    port_region: Literal["eu", "us"] = "eu"


class OrganizationChange(wire.Body):
    port_region: Literal["eu", "us"]


class AuditPage(BaseModel):
    """The query parameters of an audit trail."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(100, ge=1, le=MAX_AUDIT_PAGE)
    before: int | None = Field(None, ge=1, le=MAX_NUMBER)
    """Only entries older than this number, which is that of the previous page's last entry."""


async def get_requests(request: Request) -> JSONResponse:
    return JSONResponse({"requests": context.of(request).journal.to_json()})


async def get_faults(request: Request) -> JSONResponse:
    faults = context.of(request).faults.all
    return JSONResponse({"faults": [fault.model_dump(by_alias=True, exclude_none=True) for fault in faults]})


async def add_fault(request: Request) -> Response:
    fault = await wire.read(request, Fault, 400)
    context.of(request).faults.all.append(fault)
    return JSONResponse(fault.model_dump(by_alias=True, exclude_none=True), 201)


async def clear_faults(request: Request) -> Response:
    context.of(request).faults.clear()
    return Response(status_code=204)


async def get_settings(request: Request) -> JSONResponse:
    return JSONResponse(context.of(request).store.settings.get().model_dump(by_alias=True))


async def change_settings(request: Request) -> JSONResponse:
    """Change the given settings. Omitted fields stay as they are."""
    store = context.of(request).store
    change = await wire.read(request, Settings, 400)
    changed = store.settings.get().model_copy(
        update={name: getattr(change, name) for name in change.model_fields_set}
    )
    store.settings.put(changed)
    return JSONResponse(changed.model_dump(by_alias=True))


async def get_upstreams(request: Request) -> JSONResponse:
    upstreams = context.of(request).upstreams
    return JSONResponse({"upstreams": {name: upstream.to_json() for name, upstream in upstreams.items()}})


async def change_upstream(request: Request) -> JSONResponse:
    """Change an upstream. Omitted fields stay as they are."""
    change = await wire.read(request, Change, 400)
    provider = request.path_params["provider"]
    upstream = context.of(request).upstreams.get(provider)
    if upstream is None:
        raise PortError(404, "not_found", f"The emulator has no upstream for provider '{provider}'")
    upstream.change(change)
    return JSONResponse(upstream.to_json())


async def get_organizations(request: Request) -> JSONResponse:
    organizations = context.of(request).store.organizations.all()
    return JSONResponse({"organizations": [organization.to_json() for organization in organizations]})


async def add_organization(request: Request) -> JSONResponse:
    """Add an organization. Only this answer contains its credentials."""
    body = await wire.read(request, NewOrganization, 400)
    organization = Organization(body.id, body.name or body.id, body.port_region)
    credentials = {role: Credential.random() for role in Role}
    if not context.of(request).store.organizations.create(organization, credentials.items()):
        raise PortError(409, "organization_already_exists", f"Organization '{body.id}' already exists")
    return JSONResponse(
        organization.to_json() | {role: credential.to_json() for role, credential in credentials.items()}, 201
    )


async def change_organization(request: Request) -> JSONResponse:
    body = await wire.read(request, OrganizationChange, 400)
    organization_id = request.path_params["organization_id"]
    organization = context.of(request).store.organizations.move(organization_id, body.port_region)
    if organization is None:
        raise _organization_not_found(organization_id)
    return JSONResponse(organization.to_json())


async def get_audit(request: Request) -> JSONResponse:
    """Return an organization's audit trail, newest entry first."""
    organization_id = request.path_params["organization_id"]
    store = context.of(request).store
    if store.organizations.get(organization_id) is None:
        raise _organization_not_found(organization_id)
    try:
        page = AuditPage.model_validate(dict(request.query_params))
    except ValidationError:
        raise PortError(
            400, "invalid_request", f"limit must be 1 to {MAX_AUDIT_PAGE}, and before an entry's number"
        ) from None
    entries = store.audit.of(organization_id, page.limit, page.before)
    return JSONResponse({"audits": [entry.to_json() for entry in entries]})


async def test_registration(request: Request) -> JSONResponse:
    """Test an existing registration, as Port does before it saves one; nothing is written."""
    organization_id, provider = request.path_params["organization_id"], request.path_params["provider"]
    store = context.of(request).store
    organization = store.organizations.get(organization_id)
    registered = store.llm_providers.get(organization_id, provider)
    if organization is None or registered is None:
        raise provider_not_found(provider)
    models = [name for name, on in wire.effective_models(provider, registered.overrides).items() if on]
    config = wire.parse_config(provider, registered.config)
    await validation.test_connection(
        context.of(request), organization, provider, config, models, timedelta(0)
    )
    return JSONResponse({"ok": True, "models": models})


async def reset(request: Request) -> Response:
    await context.of(request).on_reset()
    return Response(status_code=204)


def _organization_not_found(organization_id: str) -> PortError:
    return PortError(404, "not_found", f"Organization '{organization_id}' does not exist")


routes = [
    Mount(
        CONTROL_PLANE,
        routes=[
            Route("/requests", get_requests, methods=["GET"]),
            Route("/faults", get_faults, methods=["GET"]),
            Route("/faults", add_fault, methods=["POST"]),
            Route("/faults", clear_faults, methods=["DELETE"]),
            Route("/settings", get_settings, methods=["GET"]),
            Route("/settings", change_settings, methods=["PATCH"]),
            Route("/upstreams", get_upstreams, methods=["GET"]),
            Route("/upstreams/{provider}", change_upstream, methods=["PATCH"]),
            Route("/organizations", get_organizations, methods=["GET"]),
            Route("/organizations", add_organization, methods=["POST"]),
            Route("/organizations/{organization_id}/audit", get_audit, methods=["GET"]),
            Route("/organizations/{organization_id}", change_organization, methods=["PATCH"]),
            Route(
                "/organizations/{organization_id}/llm-providers/{provider}/test",
                test_registration,
                methods=["POST"],
            ),
            Route("/reset", reset, methods=["POST"]),
        ],
        middleware=[Middleware(LoopbackOnly)],
    )
]
