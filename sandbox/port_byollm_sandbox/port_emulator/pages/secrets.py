"""Credentials -> Secrets: their names. A value is shown once, in the answer to the form that creates it."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from port_byollm_sandbox.port_emulator import wire
from port_byollm_sandbox.port_emulator.pages import template
from port_byollm_sandbox.port_emulator.pages.form import fields
from port_byollm_sandbox.port_emulator.pages.paths import SECRETS
from port_byollm_sandbox.port_emulator.pages.port import Refused
from port_byollm_sandbox.port_emulator.pages.session import Session

API = "/v1/organization/secrets"


async def show(request: Request) -> Response:
    session = Session.of(request)
    secrets = (await session.call("GET", API))["secrets"]
    return template.render(
        request, "secrets", session.caller, secrets=secrets, used_by=await _used_by(session)
    )


async def new(request: Request) -> Response:
    return template.render(request, "new_secret", Session.of(request).caller, given={})


async def create(request: Request) -> Response:
    """Create a secret. The answer is not a redirect, because the value is shown only this once."""
    session = Session.of(request)
    form = await fields(request)
    body = {name: form.get(name, "") for name in ("secretName", "secretValue")}
    if form.get("description"):
        body["description"] = form["description"]
    try:
        created = (await session.call("POST", API, body))["secret"]
    except Refused as refused:
        return template.render(
            request, "new_secret", session.caller, refused.status, problem=refused.message, given=form
        )
    return template.render(
        request, "created_secret", session.caller, 201, secret=created, value=body["secretValue"]
    )


async def show_one(request: Request) -> Response:
    return await _one(Session.of(request))


async def edit(request: Request) -> Response:
    """Change a secret. An empty value keeps the current one."""
    session = Session.of(request)
    form = await fields(request)
    body = {"description": form.get("description", "")}
    if form.get("secretValue"):
        body["secretValue"] = form["secretValue"]
    try:
        await session.call("PATCH", _path(request), body)
    except Refused as refused:
        return await _one(session, refused)
    return RedirectResponse(f"{SECRETS}?done=edited", 303)


async def delete(request: Request) -> Response:
    session = Session.of(request)
    try:
        await session.call("DELETE", _path(request))
    except Refused as refused:
        return await _one(session, refused)
    return RedirectResponse(f"{SECRETS}?done=deleted", 303)


async def _one(session: Session, refused: Refused | None = None) -> Response:
    secret = (await session.call("GET", _path(session.request)))["secret"]
    return template.render(
        session.request,
        "secret",
        session.caller,
        refused.status if refused else 200,
        problem=refused.message if refused else None,
        secret=secret,
        used_by=(await _used_by(session)).get(secret["secretName"], []),
    )


def _path(request: Request) -> str:
    # Dots too: an HTTP client resolves `..` to the parent path.
    return f"{API}/{quote(request.path_params['name'], safe='').replace('.', '%2E')}"


async def _used_by(session: Session) -> dict[str, list[str]]:
    """Secret -> the providers that name it."""
    used_by: dict[str, list[str]] = {}
    for shape in (await session.call("GET", "/v1/llm-providers"))["result"]:
        for name in wire.secret_names(wire.parse_config(shape["provider"], shape["config"])):
            used_by.setdefault(name, []).append(shape["provider"])
    return used_by
