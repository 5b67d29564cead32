"""The errors of Port's API, in the two forms that Port documents."""

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
    """An error answer: HTTP status, Port's error name, a sentence, and details where Port gives them."""

    def __init__(
        self, status: int, name: str, message: str, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(f"{status} {name}: {message}")
        self.status = status
        self.name = name
        self.message = message
        self.details = details

    def to_body(self, form: ErrorForm) -> dict[str, Any]:
        """`openapi`: `error` is the name; `pages`: `error` is an object with name, message and details, and
        for want of permission that object is all there is, as in the setup page's questions."""
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
    """An error name where Port documents none: `too_many_requests`."""
    try:
        return HTTPStatus(status).phrase.lower().replace(" ", "_")
    except ValueError:
        return f"status_{status}"


async def answer(request: Request, error: Exception) -> Response:
    """Exception handler: one form of error for all, also for unknown routes and our own failures."""
    headers: Mapping[str, str] | None = None
    if isinstance(error, HTTPException):
        headers = error.headers  # `Allow`
        message = f"{request.method} {request.url.path}: {error.detail}"
        known = PortError(error.status_code, status_name(error.status_code), message)
    elif isinstance(error, PortError):
        known = error
    else:
        known = PortError(500, "internal_error", "The emulator failed; its log says how")
    refusals.record(request, known.name, known.message)
    form = context.of(request).store.settings.get().error_form
    return JSONResponse(known.to_body(form), known.status, headers)
