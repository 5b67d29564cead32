"""What can go wrong between here and Port.

PortByollmError
└── PortError                  method, path
    ├── PortUnreachable        no answer: connection refused or lost, TLS, time-out
    ├── UnexpectedAnswer       an answer that is not Port's API: a proxy's page, HTML, a missing field
    └── PortApiError           Port's own error: status, name, message, details
        ├── InvalidRequest     400, 413, 422: Port does not accept what was sent
        │   └── ModelTestFailed    a connection test failed: tested_models
        ├── AuthFailed         401: the credentials are wrong or revoked
        ├── Forbidden          403: the credentials may not do this
        ├── NotFound           404
        ├── Conflict           409: it exists already
        ├── RateLimited        429, for longer than was worth waiting: retry_after
        └── ServerFailed       5xx, after retries

Each holds data; `str()` is a sentence that says what to do. None of them holds a secret: whatever the
client sent as one is cut out of Port's text before the error is made.
"""

# ruff: noqa: N818  an error that is one of a kind reads better without "Error": NotFound, Conflict

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from port_byollm.errors import PortByollmError


@dataclass(frozen=True)
class TestedModel:
    """What Port's connection test said about one model (`details.testedModels` of the setup page)."""

    is_valid: bool
    message: str = ""

    __test__ = False  # not a test class, whatever pytest makes of its name


@dataclass(eq=False)
class PortError(PortByollmError):
    """A call to Port failed. `path` is the URL's path, without host and query."""

    method: str
    path: str

    @property
    def call(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(eq=False)
class PortUnreachable(PortError):
    """No answer came. `reason` is the transport's ("ConnectTimeout"); `sent`: Port may have acted."""

    reason: str
    host: str
    sent: bool = True

    def __str__(self) -> str:
        maybe = "; it may have been carried out all the same" if self.sent and self.method != "GET" else ""
        return (
            f"no answer from {self.host} to {self.call} ({self.reason}){maybe}. "
            "Check the base URL, the network and the proxy settings, then run again"
        )


@dataclass(eq=False)
class UnexpectedAnswer(PortError):
    """Something answered that does not speak Port's API. `problem` says what was odd about it."""

    status: int
    problem: str
    host: str

    def __str__(self) -> str:
        return (
            f"{self.host} answered {self.call} with status {self.status} but {self.problem}. "
            "Is the base URL that of Port's API (https://api.port.io or https://api.us.port.io)?"
        )


@dataclass(eq=False)
class PortApiError(PortError):
    """Port refused. `name` is Port's name for the error, such as "LLMProviderNotFoundError"; may be empty."""

    status: int
    name: str = ""
    message: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """What Port said, on one line."""
        text = " ".join((self.message or "no reason given").split()).rstrip(".")
        name = f"{self.name}: " if self.name and self.name != self.message else ""
        return f"{name}{text} (status {self.status} to {self.call})"

    def __str__(self) -> str:
        return f"Port refused: {self.said}"


class InvalidRequest(PortApiError):
    def __str__(self) -> str:
        return f"Port does not accept the request: {self.said}"


class ModelTestFailed(InvalidRequest):
    """With `validate_connection=true`: at least one enabled model did not answer, and nothing was saved."""

    @property
    def tested_models(self) -> dict[str, TestedModel]:
        """Port's verdict by model name; empty when Port gave none."""
        tested = self.details.get("testedModels")
        if not isinstance(tested, Mapping):
            return {}
        return {
            name: TestedModel(bool(verdict.get("isValid")), str(verdict.get("message") or ""))
            for name, verdict in tested.items()
            if isinstance(verdict, Mapping)
        }

    def __str__(self) -> str:
        failed = {name: model for name, model in self.tested_models.items() if not model.is_valid}
        verdicts = "".join(
            f"\n  - {name}: {model.message or 'failed'}" for name, model in sorted(failed.items())
        )
        return f"Port's connection test failed and nothing was saved: {self.said}{verdicts}"


class AuthFailed(PortApiError):
    def __str__(self) -> str:
        return (
            f"Port does not accept the credentials: {self.said}. Check the client ID and secret "
            "(Port: Credentials), and that the base URL is that of the organisation's region"
        )


class Forbidden(PortApiError):
    def __str__(self) -> str:
        admin = "Managing LLM providers takes an administrator's credentials"
        return f"these credentials may not do this: {self.said}. {admin}"


class NotFound(PortApiError):
    def __str__(self) -> str:
        return f"Port does not have it: {self.said}"


class Conflict(PortApiError):
    def __str__(self) -> str:
        return f"it exists in Port already: {self.said}"


@dataclass(eq=False)
class RateLimited(PortApiError):
    """`retry_after` is in seconds, as Port asked for; None when it did not say."""

    retry_after: float | None = None

    def __str__(self) -> str:
        wait = f"in {self.retry_after:.0f} seconds" if self.retry_after is not None else "in a minute"
        return f"Port's rate limit is used up: {self.said}. Run again {wait}"


class ServerFailed(PortApiError):
    def __str__(self) -> str:
        return f"Port failed: {self.said}. Run again later; https://status.port.io says how Port is"


_BY_STATUS: Mapping[int, type[PortApiError]] = {
    400: InvalidRequest,
    401: AuthFailed,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: InvalidRequest,
    422: InvalidRequest,
    429: RateLimited,
}


def api_error(
    method: str, path: str, status: int, name: str, message: str, details: Mapping[str, Any]
) -> PortApiError:
    """The class of the tree for what Port answered: by its name where that says more than the status."""
    if name == "LLMProviderModelTestError":
        kind: type[PortApiError] = ModelTestFailed
    elif name.endswith(
        "_forbidden"
    ):  # `llm_provider_manage_forbidden`: the pages do not say with which status
        kind = Forbidden
    else:
        kind = _BY_STATUS.get(status, ServerFailed if status >= 500 else PortApiError)
    return kind(method, path, status, name, message, details)
