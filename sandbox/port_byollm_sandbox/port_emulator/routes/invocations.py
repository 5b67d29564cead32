"""`/v1/ai/invoke`: a request to Port AI, without a model.

It selects provider and model as Port does, and runs the connection test for this model. The prompt is not
sent anywhere: the answer names the model that would have received it.
"""

import json
import uuid
from typing import Any

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from port_byollm_sandbox.port_emulator import auth, context, middleware, quota, selection, validation, wire
from port_byollm_sandbox.port_emulator.errors import FORBIDDEN, PortError
from port_byollm_sandbox.port_emulator.selection import PORT
from port_byollm_sandbox.port_emulator.store import Invocation
from port_byollm_sandbox.port_emulator.store.invocations import Status


class Invocations(HTTPEndpoint):
    async def post(self, request: Request) -> Response:
        caller = auth.any_role(request)
        body = await wire.read(request, wire.Invoke, 400)
        store, organization = context.of(request).store, caller.organization
        provider, model = selection.select(store, caller, body.provider, body.model)
        if provider.provider == PORT.provider and not quota.usage(store, organization.id)["remainingQuota"]:
            raise PortError(403, FORBIDDEN, "The monthly quota of AI invocations is used up")
        invocations = store.invocations
        identifier = request.query_params.get("invocation_identifier") or str(uuid.uuid4())
        if not invocations.begin(caller, Invocation(identifier, provider.provider, model)):
            raise PortError(400, "invocation_already_exists", f"Invocation '{identifier}' already exists")
        message = "The emulator failed; see its log"
        status: Status = "Failed"
        try:
            await validation.test_connection(
                context.of(request),
                organization,
                provider.provider,
                wire.parse_config(provider.provider, provider.config),
                [model],
                middleware.iam_delay(request),
            )
            message = f"{provider.provider} lets Port invoke {model}; in the sandbox no model answers."
            status = "Completed"
        except PortError as error:
            message = _reason(error, model)
            raise
        finally:
            invocations.end(organization.id, identifier, status, message)
        done = {
            "invocationIdentifier": identifier,
            "monthlyQuotaUsage": quota.usage(store, organization.id),
        }
        events = _event("execution", message) + _event("done", json.dumps(done))
        return Response(events, media_type="text/event-stream")


class OneInvocation(HTTPEndpoint):
    async def get(self, request: Request) -> JSONResponse:
        caller = auth.any_role(request)
        identifier = request.path_params["invocation_identifier"]
        invocation = context.of(request).store.invocations.get(caller.organization.id, identifier)
        if invocation is None:
            raise PortError(404, "not_found", f"Invocation '{identifier}' does not exist")
        return JSONResponse({"ok": True, "result": wire.invocation(invocation)})


def _reason(error: PortError, model: str) -> str:
    """Return the test's message about the model if it was tested, else the error's."""
    tested: dict[str, Any] = (error.details or {}).get("testedModels", {})
    message: str = tested.get(model, {}).get("message", error.message)
    return message


def _event(name: str, data: str) -> str:
    """Format a server-sent event."""
    return f"event: {name}\n" + "".join(f"data: {line}\n" for line in data.splitlines()) + "\n"


routes = [
    Route("/v1/ai/invoke", Invocations),
    # An identifier chosen by the caller may contain slashes.
    Route("/v1/ai/invoke/{invocation_identifier:path}", OneInvocation),
]
