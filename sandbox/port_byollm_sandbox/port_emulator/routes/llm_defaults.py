"""`/v1/llm-providers/defaults`: the provider and the model of requests that name none."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from port_byollm.catalogue import SYSTEM_DEFAULT
from port_byollm_sandbox.port_emulator import auth, context, wire
from port_byollm_sandbox.port_emulator.errors import model_not_enabled, provider_not_found
from port_byollm_sandbox.port_emulator.routes import llm_providers
from port_byollm_sandbox.port_emulator.store import LlmDefaults


async def get(request: Request) -> JSONResponse:
    caller = auth.any_role(request)
    found = context.of(request).store.llm_defaults.get(caller.organization.id) or LlmDefaults(*SYSTEM_DEFAULT)
    return JSONResponse({"ok": True, "result": wire.llm_defaults(found)})


async def put(request: Request) -> JSONResponse:
    """Checks what a request that used these defaults would be checked for, in the same order
    (Selecting LLM Provider, "Provider validation")."""
    caller = auth.manager(request)
    body = await wire.read(request, wire.PutLlmDefaults, 400)
    provider = llm_providers.find(request, caller, body.provider)
    if provider is None:
        raise provider_not_found(body.provider)
    if not provider.enabled:
        raise model_not_enabled(body.provider, body.model, ": the provider is disabled")
    if not wire.effective_models(provider.provider, provider.overrides).get(body.model):
        raise model_not_enabled(body.provider, body.model)
    saved = context.of(request).store.llm_defaults.put(caller, LlmDefaults(body.provider, body.model))
    return JSONResponse({"ok": True, "result": wire.llm_defaults(saved)})


routes = [
    Route("/v1/llm-providers/defaults", get, methods=["GET"]),
    Route("/v1/llm-providers/defaults", put, methods=["PUT"]),
]
