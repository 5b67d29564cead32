"""The errors of Port's API, in the two formats that Port documents."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from port_byollm_sandbox.port_emulator import context, refusals
from port_byollm_sandbox.port_emulator.settings import ErrorForm

FORBIDDEN = "forbidden"
MANAGE_FORBIDDEN = "llm_provider_manage_forbidden"


class PortError(Exception):
    """An error response: HTTP status, Port's error name, a sentence, and details where Port gives them."""

    def __init__(
        self, status: int, name: str, message: str, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(f"{status} {name}: {message}")
        self.status = status
        self.name = name
        self.message = message
        self.details = details

    def to_body(self, form: ErrorForm) -> dict[str, Any]:
        """Return the JSON body.

        With `openapi`, `error` is the name; with `pages`, an object with name, message and details. A missing
        permission is then that object alone, as in the setup page's FAQ.
        """
        details = {} if self.details is None else {"details": dict(self.details)}
        if form == "pages":
            error = {"name": self.name, "message": self.message, **details}
            return error if self.name == MANAGE_FORBIDDEN else {"ok": False, "error": error}
        return {"ok": False, "error": self.name, "message": self.message, **details}


def provider_not_found(provider: str) -> PortError:
    return PortError(404, "LLMProviderNotFoundError", f"LLM provider '{provider}' not found for organization")


def invalid_config(message: str) -> PortError:
    return PortError(400, "LLMProviderInvalidConfigError", message)


def model_not_enabled(provider: str, model: str, why: str = "") -> PortError:
    message = f"Model '{model}' is not enabled for provider '{provider}'{why}"
    return PortError(400, "LLMProviderModelNotEnabledError", message)


def secret_not_found(name: str) -> PortError:
    return PortError(404, "secret_not_found", f"Secret '{name}' does not exist")


def status_name(status: int) -> str:
    """Return an error name for a status for which Port documents none, such as `too_many_requests`."""
    try:
        return HTTPStatus(status).phrase.lower().replace(" ", "_")
    except ValueError:
        return f"status_{status}"


async def answer(request: Request, error: Exception) -> Response:
    """Handle any exception, unknown routes and internal errors included, in the same error format."""
    headers: Mapping[str, str] | None = None
    if isinstance(error, HTTPException):
        headers = error.headers  # `Allow`
        message = f"{request.method} {request.url.path}: {error.detail}"
        port_error = PortError(error.status_code, status_name(error.status_code), message)
    elif isinstance(error, PortError):
        port_error = error
    else:
        port_error = PortError(500, "internal_error", "The emulator failed; see its log")
    refusals.record(request, port_error.name, port_error.message)
    form = context.of(request).store.settings.get().error_form
    return JSONResponse(port_error.to_body(form), port_error.status, headers)
