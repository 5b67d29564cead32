"""Authentication and permissions. Administrators may do everything.

Members may list the LLM providers and read the default, but not read a single provider's configuration
(Setup & Configuration, "Permissions & Access Control"). Where that page is silent, they may read everything,
change nothing, and invoke Port AI.
"""

from starlette.datastructures import Headers
from starlette.requests import Request

from port_byollm_sandbox.port_emulator import context, refusals
from port_byollm_sandbox.port_emulator.errors import FORBIDDEN, MANAGE_FORBIDDEN, PortError
from port_byollm_sandbox.port_emulator.organizations import Caller, Role


def bearer_token(headers: Headers) -> str:
    """Return the request's bearer token, or an empty string."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def any_role(request: Request) -> Caller:
    """Return the caller. Raises PortError 401 without a valid bearer token."""
    caller = context.of(request).store.tokens.caller(bearer_token(request.headers))
    if caller is None:
        raise PortError(401, "unauthorized", "The access token is missing, unknown or expired")
    refusals.remember_caller(request, caller)
    return caller


def manager(request: Request) -> Caller:
    """Return the caller, who may manage LLM providers. Raises PortError 401, or 403 for a member."""
    return _admin(request, MANAGE_FORBIDDEN, "You do not have permission to manage LLM providers")


def secrets_admin(request: Request) -> Caller:
    """Return the caller, who may change secrets. Raises PortError 401, or 403 for a member."""
    return _admin(request, FORBIDDEN, "You do not have permission to manage secrets")


def organization_admin(request: Request) -> Caller:
    """Return the caller, who may change the organization. Raises PortError 401, or 403 for a member."""
    return _admin(request, FORBIDDEN, "You do not have permission to change the organization")


def _admin(request: Request, name: str, message: str) -> Caller:
    caller = any_role(request)
    if caller.role is not Role.ADMIN:
        raise PortError(403, name, message)
    return caller
