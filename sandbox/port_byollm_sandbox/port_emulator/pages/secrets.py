"""Credentials -> Secrets: their names. A value is shown once, in the answer to the form that brought it."""

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
    found = (await session.call("GET", API))["secrets"]
    return template.render(request, "secrets", session.caller, secrets=found, used_by=await _used_by(session))


async def new(request: Request) -> Response:
    return template.render(request, "new_secret", Session.of(request).caller, given={})


async def create(request: Request) -> Response:
    """The answer is no redirect: this is the one time that there is a value to show."""
    session = Session.of(request)
    given = await fields(request)
    body = {name: given.get(name, "") for name in ("secretName", "secretValue")}
    if given.get("description"):
        body["description"] = given["description"]
    try:
        created = (await session.call("POST", API, body))["secret"]
    except Refused as refused:
        return template.render(
            request, "new_secret", session.caller, refused.status, problem=refused.message, given=given
        )
    return template.render(
        request, "created_secret", session.caller, 201, secret=created, value=body["secretValue"]
    )


async def show_one(request: Request) -> Response:
    return await _one(Session.of(request))


async def edit(request: Request) -> Response:
    """A value that is left empty stays as it is."""
    session = Session.of(request)
    given = await fields(request)
    body = {"description": given.get("description", "")}
    if given.get("secretValue"):
        body["secretValue"] = given["secretValue"]
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
    # Dots too: a client takes `..` for the path above.
    return f"{API}/{quote(request.path_params['name'], safe='').replace('.', '%2E')}"


async def _used_by(session: Session) -> dict[str, list[str]]:
    """Secret -> the providers that name it."""
    found: dict[str, list[str]] = {}
    for one in (await session.call("GET", "/v1/llm-providers"))["result"]:
        for name in wire.secret_names(wire.parse_config(one["provider"], one["config"])):
            found.setdefault(name, []).append(one["provider"])
    return found
