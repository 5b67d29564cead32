"""Who is signed in: a cookie holds an access token of Port's API, and lasts as long as that."""

from dataclasses import dataclass, field
from typing import Any, Self

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from port_byollm_sandbox.port_emulator import context
from port_byollm_sandbox.port_emulator.organizations import Caller
from port_byollm_sandbox.port_emulator.pages.paths import AI, SIGN_IN, UI
from port_byollm_sandbox.port_emulator.pages.port import Refused, call


class SignedOut(Exception):  # noqa: N818 - a state that a page turns to, no mistake
    """Nobody is signed in, or not any more."""


@dataclass(frozen=True)
class Session:
    """A request of somebody who is signed in."""

    request: Request
    caller: Caller
    token: str = field(repr=False)

    @classmethod
    def of(cls, request: Request) -> Self:
        """Raises SignedOut."""
        token = request.cookies.get(_cookie(request), "")
        caller = context.of(request).store.tokens.caller(token)
        if caller is None:
            raise SignedOut
        return cls(request, caller, token)

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """What Port's API answers them. Raises Refused, and SignedOut where the token has expired."""
        try:
            return await call(self.request, method, path, self.token, body)
        except Refused as refused:
            if refused.status == 401:
                raise SignedOut from None
            raise


def begin(request: Request, token: str) -> Response:
    """Sign a browser in."""
    answer = RedirectResponse(AI, 303)
    answer.set_cookie(_cookie(request), token, path=UI, httponly=True, samesite="strict")
    return answer


def end(session: Session) -> Response:
    """Sign it out; the token is worth nothing afterwards."""
    context.of(session.request).store.tokens.expire(session.token)
    answer = RedirectResponse(SIGN_IN, 303)
    answer.delete_cookie(_cookie(session.request), path=UI)
    return answer


def _cookie(request: Request) -> str:
    # Cookies know no ports: two emulators would sign each other's people out.
    return f"port-emulator-{request.scope['server'][1] or 80}"
