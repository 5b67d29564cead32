"""Management operations that were denied or failed, for the audit trail.

What succeeds is recorded by the store, in the transaction of the change itself. Who has no valid token
belongs to no organization, and so to no trail.
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
"""By the beginning of the path; the first that fits."""
MAX_CHARACTERS = 1000
"""Of a text that the caller may have made as long as a body."""


def remember_caller(request: Request, caller: Caller) -> None:
    request.state.caller = caller


def record(request: Request, error: str, message: str) -> None:
    """Record the error that a request is answered with, if it is a management operation of a known caller."""
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
