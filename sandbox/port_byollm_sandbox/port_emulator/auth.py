"""Administrators may do everything, members read (Setup & Configuration, "Permissions & Access Control")."""

from starlette.datastructures import Headers
from starlette.requests import Request

from port_byollm_sandbox.port_emulator import context, refusals
from port_byollm_sandbox.port_emulator.errors import MANAGE_FORBIDDEN, PortError
from port_byollm_sandbox.port_emulator.organizations import Caller, Role


def bearer_token(headers: Headers) -> str:
    """Empty where there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def any_role(request: Request) -> Caller:
    """The caller. Raises PortError 401 without a valid bearer token."""
    caller = context.of(request).store.tokens.caller(bearer_token(request.headers))
    if caller is None:
        raise PortError(401, "unauthorized", "The access token is missing, not known, or has expired")
    refusals.remember_caller(request, caller)
    return caller


def manager(request: Request) -> Caller:
    """The caller, who may manage LLM providers. Raises PortError 401, or 403 for a member."""
    return _admin(request, MANAGE_FORBIDDEN, "You do not have permission to manage LLM providers")


def secrets_admin(request: Request) -> Caller:
    """The caller, who may change secrets. Raises PortError 401, or 403 for a member."""
    return _admin(request, "forbidden", "You do not have permission to manage secrets")


def _admin(request: Request, name: str, message: str) -> Caller:
    caller = any_role(request)
    if caller.role is not Role.ADMIN:
        raise PortError(403, name, message)
    return caller
