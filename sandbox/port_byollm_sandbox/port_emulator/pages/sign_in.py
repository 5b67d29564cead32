"""Signing in, with a credential or by a link, and signing out."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from port_byollm_sandbox.port_emulator import context
from port_byollm_sandbox.port_emulator.pages import session, template
from port_byollm_sandbox.port_emulator.pages.form import fields
from port_byollm_sandbox.port_emulator.pages.paths import SIGN_IN
from port_byollm_sandbox.port_emulator.pages.port import Refused, call


async def show(request: Request) -> Response:
    return _page(request)


async def sign_in(request: Request) -> Response:
    form = await fields(request)
    credential = {name: form.get(name, "") for name in ("clientId", "clientSecret")}
    try:
        answer = await call(request, "POST", "/v1/auth/access_token", "", credential)
    except Refused as refused:
        return _page(request, refused.status, refused.message, credential["clientId"])
    return session.begin(request, answer["accessToken"])


async def enter(request: Request) -> Response:
    """Sign in by a link with an access token, which becomes invalid: browsers keep links in their history."""
    token = context.of(request).store.tokens.exchange(request.query_params.get("token", ""))
    if token is None:
        problem = "This link has been used or has expired. Create another one, or sign in here."
        return _page(request, 401, problem)
    return session.begin(request, token)


async def sign_out(request: Request) -> Response:
    return session.end(session.Session.of(request))


async def signed_out(_request: Request, _error: Exception) -> Response:
    """Handle SignedOut."""
    return RedirectResponse(SIGN_IN, 303)


def _page(request: Request, status: int = 200, problem: str | None = None, client_id: str = "") -> Response:
    return template.render(request, "sign_in", None, status, problem=problem, client_id=client_id)
