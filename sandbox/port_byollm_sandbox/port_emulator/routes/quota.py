"""`GET /v1/quota/ai-invocations`."""

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from port_byollm_sandbox.port_emulator import auth, context, quota


class AiInvocations(HTTPEndpoint):
    async def get(self, request: Request) -> JSONResponse:
        organization = auth.any_role(request).organization
        usage = quota.usage(context.of(request).store, organization.id)
        return JSONResponse({"ok": True, "monthlyQuotaUsage": usage})


routes = [Route("/v1/quota/ai-invocations", AiInvocations)]
