"""Faults that tests and people inject into Port's API; `middleware` applies them."""

from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

CONTROL_PLANE = "/_emulator"
NO_BODY = (204, 304)
"""The statuses whose answers have no body."""
FRAMING = ("connection", "content-length", "transfer-encoding")


def _not_framing(name: str) -> str:
    if name.lower() in FRAMING:
        raise PydanticCustomError("header", "is set by the server")
    return name


HeaderName = Annotated[
    str, StringConstraints(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+\z"), AfterValidator(_not_framing)
]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[\t -~]*\z")]


class Fault(BaseModel):
    """A fault for the next `times` requests that it matches.

    Its effect is one of `status`, `drop`, `expireToken` and `iamDelaySeconds`, after `latencySeconds`, or
    only the latency.
    """

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)

    method: str = "*"
    path: str
    """A pattern: `*` matches any number of characters, `?` one."""
    times: int | None = Field(1, ge=1)
    """None: until the faults are cleared."""
    latency_seconds: float = Field(0, ge=0, le=60)
    status: int | None = Field(None, ge=200, le=599)
    """Answer with this status instead of handling the request."""
    headers: dict[HeaderName, HeaderValue] = {}
    body: dict[str, Any] | str | None = None
    """The body of that answer: JSON, or text, such as a proxy's page. Default: an error in Port's format."""
    drop: Literal["request", "response"] | None = None
    """Close the connection before the request is handled, or after it, so that only the answer is lost."""
    expire_token: bool | None = None
    """Expire the request's access token, permanently, before handling the request."""
    iam_delay_seconds: float | None = Field(None, gt=0, le=3600)
    """Connection tests do not see roles and access keys created less than this many seconds ago."""

    @model_validator(mode="after")
    def _one_effect(self) -> Self:
        effects = ("status", "drop", "expire_token", "iam_delay_seconds")
        given = [to_camel(name) for name in effects if getattr(self, name)]
        if len(given) > 1:
            raise PydanticCustomError("effects", "{given} exclude each other", {"given": " and ".join(given)})
        if not given and not self.latency_seconds:
            wanted = ", ".join(("latencySeconds", *map(to_camel, effects)))
            raise PydanticCustomError("effects", "one of {wanted} is required", {"wanted": wanted})
        if (self.headers or self.body is not None) and self.status is None:
            raise PydanticCustomError("effects", "headers and body need a status")
        if self.body is not None and self.status in NO_BODY:
            raise PydanticCustomError("effects", "status {status} has no body", {"status": self.status})
        return self

    def matches(self, method: str, path: str) -> bool:
        return self.times != 0 and self.method.upper() in ("*", method) and fnmatchcase(path, self.path)


class Faults:
    """The active faults, of which the first that matches is applied."""

    def __init__(self) -> None:
        self.all: list[Fault] = []

    def clear(self) -> None:
        self.all.clear()

    def take(self, method: str, path: str) -> Fault | None:
        fault = next((fault for fault in self.all if fault.matches(method, path)), None)
        if fault is not None and fault.times is not None:
            fault.times -= 1
            if not fault.times:
                self.all.remove(fault)
        return fault
