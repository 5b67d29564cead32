"""Around the pages: for a browser on this machine, for forms of our own, and in nobody's frame."""

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
    # `no-referrer` would make browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    # A page may hold a secret's value, once.
    "Cache-Control": "no-store",
}


class Guard:
    """Refuses strangers and other sites' forms, and sets the headers of every page.

    `SameSite` cookies are sent to other ports of this machine, and from them: what tells our own pages from
    theirs is `Origin`, which a browser sends with every form, and `Sec-Fetch-Site`.
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
        return f"Only from the pages of {own} themselves"
    return None
