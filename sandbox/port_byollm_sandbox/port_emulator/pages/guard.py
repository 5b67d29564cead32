"""Middleware around the pages: only browsers on this machine, only the pages' own forms, never in a frame."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from port_byollm_sandbox.port_emulator.loopback import stranger

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # `no-referrer` would make browsers send `Origin: null` with the pages' own forms.
    "Referrer-Policy": "same-origin",
    # A page may show a secret's value, once.
    "Cache-Control": "no-store",
}


class Guard:
    """Refuse other machines and other sites' forms, and set the headers of every page.

    `SameSite` cookies do not distinguish ports: pages on other ports of this machine send them too. `Origin`,
    which a browser sends with every form, and `Sec-Fetch-Site` do.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        problem = stranger(scope) or _other_site(scope)
        app = self.app if problem is None else PlainTextResponse(problem, 403)
        await app(scope, receive, guarded)


def _other_site(scope: Scope) -> str | None:
    if scope["method"] in ("GET", "HEAD"):
        return None
    headers = Headers(scope=scope)
    own = f"{scope['scheme']}://{headers.get('host', '')}"
    if headers.get("origin") != own or headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return f"Only for forms on the pages of {own}"
    return None
