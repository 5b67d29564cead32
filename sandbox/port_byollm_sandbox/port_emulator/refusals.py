"""Denied or failed management operations, for the audit trail.

The store records successful ones itself, in the transaction of the change. A caller without a valid token
belongs to no organization, so no trail records it.
"""

from collections.abc import Mapping

from starlette.requests import Request

from port_byollm_sandbox.port_emulator import context
from port_byollm_sandbox.port_emulator.organizations import Caller
from port_byollm_sandbox.port_emulator.store.audit import Action, ResourceType

ACTIONS: Mapping[str, Action] = {"POST": "CREATE", "PUT": "UPDATE", "PATCH": "UPDATE", "DELETE": "DELETE"}
RESOURCES: Mapping[str, ResourceType] = {
    "/v1/llm-providers/defaults": "llm-defaults",
    "/v1/llm-providers": "llm-provider",
    "/v1/organization/secrets": "secret",
    "/v1/organization": "organization",
}
"""Prefix of the path -> type. The first match counts."""
MAX_CHARACTERS = 1000
"""The maximum length of a recorded text, which a caller could make as long as a request's body."""


def remember_caller(request: Request, caller: Caller) -> None:
    request.state.caller = caller


def record(request: Request, error: str, message: str) -> None:
    """Record the error that answers a request, if it is a management operation by a known caller."""
    caller = getattr(request.state, "caller", None)
    path = request.url.path
    resource_type = next((kind for prefix, kind in RESOURCES.items() if path.startswith(prefix)), None)
    if caller is None or resource_type is None or request.method not in ACTIONS:
        return
    named = next(iter(request.path_params.values()), None)
    context.of(request).store.audit.failed(
        caller,
        ACTIONS[request.method],
        resource_type,
        None if named is None else named[:MAX_CHARACTERS],
        error,
        message[:MAX_CHARACTERS],
    )
