"""`/v1/organization/secrets`. No answer contains a value."""

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from port_byollm_sandbox.port_emulator import auth, context, wire
from port_byollm_sandbox.port_emulator.errors import PortError, secret_not_found


class Secrets(HTTPEndpoint):
    async def get(self, request: Request) -> JSONResponse:
        caller = auth.any_role(request)
        found = context.of(request).store.secrets.all(caller.organization.id)
        return JSONResponse({"ok": True, "secrets": [wire.secret(one) for one in found]})

    async def post(self, request: Request) -> JSONResponse:
        caller = auth.secrets_admin(request)
        body = await wire.read(request, wire.CreateSecret, 422)
        created = context.of(request).store.secrets.create(
            caller, body.secret_name, body.secret_value.get_secret_value(), body.description
        )
        if created is None:
            raise PortError(409, "secret_already_exists", f"Secret '{body.secret_name}' already exists")
        return JSONResponse({"ok": True, "secret": wire.secret(created)}, 201)


class Secret(HTTPEndpoint):
    async def get(self, request: Request) -> JSONResponse:
        caller = auth.any_role(request)
        name = request.path_params["secret_name"]
        found = context.of(request).store.secrets.get(caller.organization.id, name)
        if found is None:
            raise secret_not_found(name)
        return JSONResponse({"ok": True, "secret": wire.secret(found)})

    async def patch(self, request: Request) -> JSONResponse:
        caller = auth.secrets_admin(request)
        name = request.path_params["secret_name"]
        body = await wire.read(request, wire.UpdateSecret, 422, required=False)
        value = None if body.secret_value is None else body.secret_value.get_secret_value()
        updated = context.of(request).store.secrets.update(caller, name, value, body.description)
        if updated is None:
            raise secret_not_found(name)
        return JSONResponse({"ok": True, "secret": wire.secret(updated)})

    async def delete(self, request: Request) -> JSONResponse:
        caller = auth.secrets_admin(request)
        name = request.path_params["secret_name"]
        if not context.of(request).store.secrets.delete(caller, name):
            raise secret_not_found(name)
        return JSONResponse({"ok": True})


routes = [
    Route("/v1/organization/secrets", Secrets),
    Route("/v1/organization/secrets/{secret_name}", Secret),
]
