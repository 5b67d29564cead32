"""Request bodies. As in Port's OpenAPI, an unknown field is an error."""

import math
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError, from_json
from starlette.requests import Request

from port_byollm_sandbox.port_emulator.errors import PortError

MAX_BODY_BYTES = 1 << 20
JSON = "application/json"
"""The only content type for request bodies in Port's OpenAPI."""


def not_null(value: object) -> object:
    if value is None:
        raise PydanticCustomError("null", "must not be null")
    return value


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)

    # None stands for an omitted field; on the wire, nothing is nullable.
    _not_null = field_validator("*", mode="before")(not_null)


B = TypeVar("B", bound=BaseModel)


async def read(request: Request, shape: type[B], status: int, required: bool = True) -> B:
    """Read the request's body; if it is not `required`, a missing one is read as an empty object.

    Raises PortError 413 for a body over 1 MiB, 415 for a Content-Type other than JSON, else `status` with the
    field of the first error, never its value.
    """
    body = await content_of(request)
    if body and _media_type(request) != JSON:
        raise PortError(415, "unsupported_media_type", f"The Content-Type of the body must be {JSON}")
    content = body if body or required else b"{}"
    try:
        _check_finite(from_json(content, allow_inf_nan=False))
        return shape.model_validate_json(content)
    except ValidationError as error:
        raise PortError(status, "invalid_request", first_fault(error)) from None
    except ValueError as error:  # quotes the position, not the body
        raise PortError(status, "invalid_request", f"Invalid JSON: {error}") from None


async def content_of(request: Request) -> bytes:
    """Read the request's body. Raises PortError 413 as soon as it exceeds 1 MiB."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise PortError(413, "payload_too_large", f"The body is over {MAX_BODY_BYTES} bytes")
    return bytes(body)


def _media_type(request: Request) -> str:
    """Return the Content-Type without parameters, of which JSON has none (RFC 8259, section 11)."""
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _check_finite(value: Any) -> None:
    """Raise ValueError for a number that is too large to be written as JSON again, such as 1e999."""
    match value:
        case float() if not math.isfinite(value):
            raise ValueError("number out of range")
        case dict():
            for inner in value.values():
                _check_finite(inner)
        case list():
            for inner in value:
                _check_finite(inner)


def first_fault(error: ValidationError) -> str:
    # Only the field and pydantic's sentence: the value may be a secret.
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(map(str, fault["loc"]))
    match fault["type"]:
        case "missing":
            return f"{place} is required"
        case "extra_forbidden":
            return f"{place} is not allowed"
        case _ if not place:
            return fault["msg"]
        case _:
            return f"{place}: {fault['msg']}"
