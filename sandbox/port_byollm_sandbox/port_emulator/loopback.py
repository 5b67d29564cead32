"""The restriction of the control plane, which needs no token, and of the pages to this machine."""

from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

NAMES = ("127.0.0.1", "localhost", "[::1]")
OWN_PAGES = ("same-origin", "none")


class LoopbackOnly:
    """Refuse requests from other machines, for another host name (DNS rebinding), or from web pages.

    Any site can POST to loopback. But it cannot hide its `Origin` nor, in current browsers, that the request
    is cross-site (`Sec-Fetch-Site`).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = _problem(scope) if scope["type"] == "http" else None
        if problem is None:
            await self.app(scope, receive, send)
            return
        refusal = JSONResponse({"ok": False, "error": "forbidden", "message": problem}, 403)
        await refusal(scope, receive, send)


def _problem(scope: Scope) -> str | None:
    headers = Headers(scope=scope)
    if problem := stranger(scope):
        return problem
    if "origin" in headers or headers.get("sec-fetch-site", "none") not in OWN_PAGES:
        return "Not for web pages"
    return None


def stranger(scope: Scope) -> str | None:
    """Return why a request is not local: its client, or its host name (DNS rebinding). None if it is."""
    client = scope.get("client")
    if client is None or not ip_address(client[0]).is_loopback:
        return "Only for programs on the emulator's own machine"
    host = Headers(scope=scope).get("host", "")
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return None if name in NAMES else f"Not under this host name; use {NAMES[0]}"
