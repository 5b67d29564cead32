"""The session of a signed-in user: a cookie with an access token of Port's API."""

from dataclasses import dataclass, field
from typing import Any, Self

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from port_byollm_sandbox.port_emulator import context
from port_byollm_sandbox.port_emulator.organizations import Caller
from port_byollm_sandbox.port_emulator.pages.paths import AI, SIGN_IN, UI
from port_byollm_sandbox.port_emulator.pages.port import Refused, call


class SignedOut(Exception):  # noqa: N818 - an expected state
    """Nobody is signed in, or the session has ended."""


@dataclass(frozen=True)
class Session:
    """A request by a signed-in user."""

    request: Request
    caller: Caller
    token: str = field(repr=False)

    @classmethod
    def of(cls, request: Request) -> Self:
        """Return the session of a request. Raises SignedOut."""
        token = request.cookies.get(_cookie(request), "")
        caller = context.of(request).store.tokens.caller(token)
        if caller is None:
            raise SignedOut
        return cls(request, caller, token)

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call Port's API as the user. Raises Refused, and SignedOut if the token has expired."""
        try:
            return await call(self.request, method, path, self.token, body)
        except Refused as refused:
            if refused.status == 401:
                raise SignedOut from None
            raise


def begin(request: Request, token: str) -> Response:
    """Sign the browser in."""
    answer = RedirectResponse(AI, 303)
    answer.set_cookie(_cookie(request), token, path=UI, httponly=True, samesite="strict")
    return answer


def end(session: Session) -> Response:
    """Sign the browser out and invalidate its token."""
    context.of(session.request).store.tokens.expire(session.token)
    answer = RedirectResponse(SIGN_IN, 303)
    answer.delete_cookie(_cookie(session.request), path=UI)
    return answer


def _cookie(request: Request) -> str:
    # Cookies ignore the port: without it in the name, two emulators would sign each other's users out.
    return f"port-emulator-{request.scope['server'][1] or 80}"
