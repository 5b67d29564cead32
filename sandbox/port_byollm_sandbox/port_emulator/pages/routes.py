"""The routes of all pages."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route

from port_byollm_sandbox.port_emulator.pages import access, ai, audit, secrets, sign_in, template
from port_byollm_sandbox.port_emulator.pages.guard import Guard
from port_byollm_sandbox.port_emulator.pages.paths import AI, UI
from port_byollm_sandbox.port_emulator.pages.port import Refused
from port_byollm_sandbox.port_emulator.pages.session import SignedOut


async def first(_: Request) -> Response:
    return RedirectResponse(AI, 303)


async def not_found(request: Request) -> Response:
    return template.render(request, "problem", None, 404, problem="There is no such page.")


async def refused(request: Request, error: Exception) -> Response:
    """Handle a Refused that no page handles itself."""
    assert isinstance(error, Refused)  # noqa: S101 - for the type checker: registered for it
    return template.render(request, "problem", None, error.status, problem=error.message)


exception_handlers: Mapping[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
    SignedOut: sign_in.signed_out,
    Refused: refused,
}
routes = [
    Route("/", first, methods=["GET"]),
    Mount(
        UI,
        routes=[
            Route("/", first, methods=["GET"]),
            Route("/style.css", template.style, methods=["GET"]),
            Route("/icon.svg", template.icon, methods=["GET"]),
            Route("/sign-in", sign_in.show, methods=["GET"]),
            Route("/sign-in", sign_in.sign_in, methods=["POST"]),
            Route("/enter", sign_in.enter, methods=["GET"]),
            Route("/sign-out", sign_in.sign_out, methods=["POST"]),
            Route("/ai", ai.show, methods=["GET"]),
            Route("/ai", ai.save, methods=["POST"]),
            Route("/secrets", secrets.show, methods=["GET"]),
            Route("/secrets", secrets.create, methods=["POST"]),
            Route("/new-secret", secrets.new, methods=["GET"]),
            Route("/secrets/{name}", secrets.show_one, methods=["GET"]),
            Route("/secrets/{name}", secrets.edit, methods=["POST"]),
            Route("/secrets/{name}/delete", secrets.delete, methods=["POST"]),
            Route("/audit", audit.show, methods=["GET"]),
            Route("/access", access.show, methods=["GET"]),
            Route("/{path:path}", not_found, methods=["GET"]),
        ],
        middleware=[Middleware(Guard)],
    ),
]
