"""`/v1/organization`: an organization's name and profile."""

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from port_byollm_sandbox.port_emulator import auth, context, wire


class Organization(HTTPEndpoint):
    async def get(self, request: Request) -> JSONResponse:
        organization = auth.any_role(request).organization
        profile = context.of(request).store.organizations.profile(organization.id)
        answer = {"id": organization.id, "name": organization.name} | profile
        return JSONResponse({"ok": True, "organization": answer})

    async def put(self, request: Request) -> JSONResponse:
        """Replace settings and announcement by the body's; omitted ones are removed."""
        caller = auth.organization_admin(request)
        body = await wire.read(request, wire.PutOrganization, 422)
        organizations = context.of(request).store.organizations
        kept = {
            key: value
            for key, value in organizations.profile(caller.organization.id).items()
            if key not in ("settings", "announcement")
        }
        organizations.describe(caller, body.name, kept | wire.profile(body))
        return JSONResponse({"ok": True})

    async def patch(self, request: Request) -> JSONResponse:
        """Change what the body names, setting by setting; everything else stays."""
        caller = auth.organization_admin(request)
        body = await wire.read(request, wire.PatchOrganization, 422)
        organizations = context.of(request).store.organizations
        profile = organizations.profile(caller.organization.id)
        for key, value in wire.profile(body).items():
            profile[key] = {**profile.get(key, {}), **value} if isinstance(value, dict) else value
        organizations.describe(caller, body.name, profile)
        return JSONResponse({"ok": True})


routes = [Route("/v1/organization", Organization)]
