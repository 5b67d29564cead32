"""The access diagram of `verify`."""

from typing import get_args

from starlette.requests import Request
from starlette.responses import Response

from port_byollm.errors import ConfigError
from port_byollm.proof import Proof, fragment
from port_byollm_sandbox.port_emulator import context
from port_byollm_sandbox.port_emulator.access_proof import Scope, access_proof
from port_byollm_sandbox.port_emulator.errors import PortError
from port_byollm_sandbox.port_emulator.pages import template
from port_byollm_sandbox.port_emulator.pages.session import Session

SCOPES: tuple[Scope, ...] = get_args(Scope)


async def show(request: Request) -> Response:
    session = Session.of(request)
    wanted = request.query_params.get("scope")
    scope = next((scope for scope in SCOPES if scope == wanted), SCOPES[0])
    proof: Proof | None = None
    reason = None
    try:
        proof = await access_proof(context.of(request), session.caller.organization, scope)
    except PortError as error:
        reason = error.message
    except ConfigError as error:
        reason = str(error)
    return template.render(
        request,
        "access",
        session.caller,
        scopes=SCOPES,
        scope=scope,
        proof=None if proof is None else fragment(proof),
        reason=reason,
    )
