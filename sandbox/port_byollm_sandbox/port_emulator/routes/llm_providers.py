"""`/v1/llm-providers`: an organization's registrations, tested before saving if the request asks for it."""

import asyncio

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from port_byollm.catalogue import ALL_MODEL_NAMES, models_for
from port_byollm_sandbox.port_emulator import auth, context, middleware, validation, wire
from port_byollm_sandbox.port_emulator.errors import PortError, invalid_config, provider_not_found
from port_byollm_sandbox.port_emulator.organizations import Caller
from port_byollm_sandbox.port_emulator.selection import PORT, configured
from port_byollm_sandbox.port_emulator.store import LlmProvider


class LlmProviders(HTTPEndpoint):
    async def get(self, request: Request) -> JSONResponse:
        caller = auth.any_role(request)
        found = context.of(request).store.llm_providers.all(caller.organization.id)
        return JSONResponse({"ok": True, "result": [wire.llm_provider(one) for one in found]})

    async def post(self, request: Request) -> JSONResponse:
        caller = auth.manager(request)
        body = await wire.read(request, wire.CreateLlmProvider, 400)
        provider = body.provider
        if provider not in wire.PROVIDERS or provider == PORT.provider:
            raise PortError(400, "invalid_request", f"provider '{provider}' is not one that can be created")
        if body.config is None:
            raise invalid_config("config is required")
        config = wire.parse_config(provider, body.config)
        overrides = wire.parse_overrides(provider, body.overrides, models_for(provider))
        async with _lock(request, caller, provider):
            if context.of(request).store.llm_providers.get(caller.organization.id, provider) is not None:
                raise invalid_config(f"LLM provider '{provider}' already exists; PUT changes it")
            return JSONResponse(await _save(request, caller, provider, body.enabled, config, overrides), 201)


class OneLlmProvider(HTTPEndpoint):
    async def get(self, request: Request) -> JSONResponse:
        caller = auth.manager(request)
        provider = request.path_params["provider"]
        found = configured(context.of(request).store, caller.organization.id, provider)
        if found is None:
            raise provider_not_found(provider)
        return JSONResponse({"ok": True, "result": wire.llm_provider(found)})

    async def put(self, request: Request) -> JSONResponse:
        """Create (the pages' use of PUT) or change a registration.

        Omitted fields take their defaults, except the config of an existing registration, which stays.
        """
        caller = auth.manager(request)
        provider = request.path_params["provider"]
        if provider not in wire.PROVIDERS:
            raise PortError(400, "invalid_request", f"provider '{provider}' is not known")
        body = await wire.read(request, wire.PutLlmProvider, 400, required=False)
        store = context.of(request).store
        async with _lock(request, caller, provider):
            fields = body.config
            if fields is None:
                current = configured(store, caller.organization.id, provider)
                if current is None:
                    raise invalid_config("config is required")
                fields = dict(current.config)
            if provider == "bedrock":
                # The pages' example has no region, but the OpenAPI requires one.
                fields = {"region": store.settings.get().default_bedrock_region} | fields
            config = wire.parse_config(provider, fields)
            overrides = wire.parse_overrides(provider, body.overrides, ALL_MODEL_NAMES)
            return JSONResponse(await _save(request, caller, provider, body.enabled, config, overrides))

    async def delete(self, request: Request) -> Response:
        caller = auth.manager(request)
        provider = request.path_params["provider"]
        if provider == PORT.provider:
            raise PortError(400, "invalid_request", "Port's own provider cannot be deleted")
        async with _lock(request, caller, provider):
            if not context.of(request).store.llm_providers.delete(caller, provider):
                raise provider_not_found(provider)
        return Response(status_code=204)


def _lock(request: Request, caller: Caller, provider: str) -> asyncio.Lock:
    """Return the lock that a request holds while it reads, tests and writes a registration."""
    return context.of(request).locks.of(caller.organization.id, provider)


async def _save(
    request: Request,
    caller: Caller,
    provider: str,
    enabled: bool,
    config: wire.ProviderConfig,
    overrides: dict[str, bool] | None,
) -> dict[str, object]:
    match request.query_params.get("validate_connection", "false"):
        case "true":
            models = [name for name, on in wire.effective_models(provider, overrides).items() if on]
            await validation.test_connection(
                context.of(request),
                caller.organization,
                provider,
                config,
                models,
                middleware.iam_delay(request),
            )
        case "false":
            pass
        case _:
            raise PortError(400, "invalid_request", "validate_connection must be true or false")
    saved = context.of(request).store.llm_providers.put(
        caller,
        LlmProvider(provider, enabled, config.model_dump(by_alias=True, exclude_none=True), overrides),
    )
    return {"ok": True, "result": wire.llm_provider(saved)}


routes = [
    Route("/v1/llm-providers", LlmProviders),
    Route("/v1/llm-providers/{provider}", OneLlmProvider),
]
