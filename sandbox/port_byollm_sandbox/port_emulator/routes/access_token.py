"""`POST /v1/auth/access_token`."""

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from port_byollm_sandbox.port_emulator import context, wire
from port_byollm_sandbox.port_emulator.errors import PortError


class AccessToken(HTTPEndpoint):
    async def post(self, request: Request) -> JSONResponse:
        body = await wire.read(request, wire.AccessTokenRequest, 422)
        store = context.of(request).store
        seconds = store.settings.get().token_seconds
        token = store.tokens.issue(body.client_id, body.client_secret.get_secret_value(), seconds)
        if token is None:
            raise PortError(401, "invalid_credentials", "The client id or the client secret is wrong")
        return JSONResponse({"ok": True, "accessToken": token, "expiresIn": seconds, "tokenType": "Bearer"})


routes = [Route("/v1/auth/access_token", AccessToken)]
