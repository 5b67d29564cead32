"""`/v1/llm-providers/defaults`: the provider and model of requests that do not name them."""

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from port_byollm_sandbox.port_emulator import auth, context, selection, wire
from port_byollm_sandbox.port_emulator.store import LlmDefaults


class Defaults(HTTPEndpoint):
    async def get(self, request: Request) -> JSONResponse:
        caller = auth.any_role(request)
        found = selection.defaults(context.of(request).store, caller.organization.id)
        return JSONResponse({"ok": True, "result": wire.llm_defaults(found)})

    async def put(self, request: Request) -> JSONResponse:
        """Set the defaults, unless a request with them would be refused."""
        caller = auth.manager(request)
        body = await wire.read(request, wire.PutLlmDefaults, 400)
        store = context.of(request).store
        selection.usable(store, caller.organization.id, body.provider, body.model)
        saved = store.llm_defaults.put(caller, LlmDefaults(body.provider, body.model))
        return JSONResponse({"ok": True, "result": wire.llm_defaults(saved)})


routes = [Route("/v1/llm-providers/defaults", Defaults)]
