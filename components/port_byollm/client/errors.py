"""Errors of calls to Port.

PortByollmError
└── PortError                      method, path
    ├── PortUnreachable            no answer: reason, host, sent
    ├── UnexpectedAnswer           not an answer of Port's API: status, problem, host
    └── PortApiError               Port's own error: status, name, message, details
        ├── InvalidRequest
        │   ├── InvalidConfig
        │   ├── ModelNotEnabled
        │   └── ModelTestFailed    tested_models
        ├── AuthFailed
        ├── Forbidden
        │   └── ManageForbidden
        ├── NotFound
        │   └── ProviderNotFound
        ├── Conflict
        ├── RateLimited            retry_after
        └── ServerFailed

Each has data; `str()` gives the meaning, Port's message, and what to do next. None contains a secret: secrets
that the client sent are removed from Port's text before the error is created. `docs/errors.md` is generated
from these classes.
"""

# ruff: noqa: N818  specific errors read better without "Error": NotFound, Conflict

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from port_byollm.errors import PortByollmError


@dataclass(frozen=True)
class TestedModel:
    """Result of Port's connection test for one model (setup page, `details.testedModels`)."""

    is_valid: bool
    message: str = ""

    __test__ = False  # not a test class, despite its name


@dataclass(eq=False)
class PortError(PortByollmError):
    """A call to Port failed. `path` is the URL's path, without host and query."""

    meaning: ClassVar[str]
    """What has happened."""
    next_step: ClassVar[str]
    """What the user can do about it."""

    method: str
    path: str

    @property
    def call(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def said(self) -> str:
        """What was answered, in one line."""
        raise NotImplementedError

    def __str__(self) -> str:
        return f"{self.meaning}: {self.said}. {self.next_step}"


@dataclass(eq=False)
class PortUnreachable(PortError):
    """There was no answer.

    `reason` is the transport's ("ConnectTimeout"), and why a certificate is not trusted. If `sent`, Port may
    have carried out the request.
    """

    meaning = "Port gave no answer"
    next_step = "Check the base URL, the network, HTTPS_PROXY and SSL_CERT_FILE, then run again"

    reason: str
    host: str
    sent: bool = True

    @property
    def said(self) -> str:
        maybe = "; it may have been carried out all the same" if self.sent and self.method != "GET" else ""
        return f"{self.call} to {self.host} ended in {self.reason}{maybe}"


@dataclass(eq=False)
class UnexpectedAnswer(PortError):
    """The answer is not one of Port's API. `problem` says why."""

    meaning = "the answer is not from Port's API"
    next_step = "Check that the base URL is its address: https://api.port.io or https://api.us.port.io"

    status: int
    problem: str
    host: str

    @property
    def said(self) -> str:
        return f"{self.host} answered {self.call} with status {self.status} but {self.problem}"


@dataclass(eq=False)
class PortApiError(PortError):
    """Port refused. `name` is Port's name of the error, such as "LLMProviderNotFoundError", or empty."""

    names: ClassVar[Collection[str]] = ()
    """Port's names of this error. They take precedence over the status."""
    statuses: ClassVar[Collection[int]] = ()
    """HTTP statuses that mean this error, whatever the name."""
    meaning = "Port refused"
    next_step = "Look up Port's error in its documentation"

    status: int
    name: str = ""
    message: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def said(self) -> str:
        text = " ".join((self.message or "no reason given").split()).rstrip(".")
        name = f"{self.name}: " if self.name and self.name != self.message else ""
        return f"{name}{text} (status {self.status} to {self.call})"


class InvalidRequest(PortApiError):
    statuses = (400, 413, 422)
    meaning = "Port does not accept the request"
    next_step = "Change the input that Port names"


class InvalidConfig(InvalidRequest):
    names = ("LLMProviderInvalidConfigError",)
    meaning = "Port does not accept the provider's config"
    next_step = "Give the fields that the provider needs, spelled as in Port's documentation"


class ModelNotEnabled(InvalidRequest):
    names = ("LLMProviderModelNotEnabledError",)
    meaning = "the provider does not offer this model"
    next_step = "Enable the model in the provider's registration, or name one that is enabled there"


class ModelTestFailed(InvalidRequest):
    """With `validate_connection=true`: at least one enabled model failed, and nothing was saved."""

    names = ("LLMProviderModelTestError",)
    meaning = "Port's connection test failed and nothing was saved"
    next_step = (
        "Check, for each model that failed, the credentials in Port's secret, what they permit, and the quota"
    )

    @property
    def tested_models(self) -> dict[str, TestedModel]:
        """Port's results by model name; empty if Port gave none."""
        tested = self.details.get("testedModels")
        if not isinstance(tested, Mapping):
            return {}
        return {
            name: TestedModel(bool(verdict.get("isValid")), str(verdict.get("message") or ""))
            for name, verdict in tested.items()
            if isinstance(verdict, Mapping)
        }

    @property
    def failures(self) -> list[str]:
        """ "model: Port's message" for each model that failed, sorted."""
        failed = {name: model.message for name, model in self.tested_models.items() if not model.is_valid}
        return [f"{name}: {message or 'failed'}" for name, message in sorted(failed.items())]

    def __str__(self) -> str:
        return "\n  - ".join((super().__str__(), *self.failures))


class AuthFailed(PortApiError):
    statuses = (401,)
    meaning = "Port does not accept the credentials"
    next_step = (
        "Check the client ID and secret (Port: Credentials), and that the base URL is for the "
        "organization's region"
    )


class Forbidden(PortApiError):
    statuses = (403,)
    meaning = "this needs an organization admin, and the credentials are not an admin's"
    next_step = "Use an admin's client ID and secret (Port: Credentials), or ask an admin to run this"


class ManageForbidden(Forbidden):
    names = ("llm_provider_manage_forbidden",)
    meaning = "managing LLM providers needs an organization admin, and the credentials are not an admin's"


class NotFound(PortApiError):
    statuses = (404,)
    meaning = "Port does not have it"
    next_step = "If it was removed by hand, run `pulumi refresh`, then `pulumi up` to create it again"


class ProviderNotFound(NotFound):
    names = ("LLMProviderNotFoundError",)
    meaning = "the organization has not registered this LLM provider"
    next_step = (
        "Register it first. If it was removed by hand, run `pulumi refresh`, then `pulumi up` to register it "
        "again"
    )


class Conflict(PortApiError):
    statuses = (409,)
    meaning = "it exists in Port already"
    next_step = "Import it with `pulumi import`, or choose another name"


@dataclass(eq=False)
class RateLimited(PortApiError):
    """The limit lasts too long to wait for. `retry_after` is in seconds; None if Port did not say."""

    statuses = (429,)
    meaning = "Port's rate limit is exceeded"
    next_step = "Run again when Port accepts calls again"

    retry_after: float | None = None

    @property
    def said(self) -> str:
        if self.retry_after is None:
            return super().said
        return f"{super().said}; Port accepts calls again in {self.retry_after:.0f} seconds"


class ServerFailed(PortApiError):
    """Port failed, also after retries if the call could be repeated."""

    statuses = range(500, 600)
    meaning = "Port failed"
    next_step = "Run again later; see https://status.port.io"


KINDS: tuple[type[PortError], ...] = (
    ProviderNotFound,
    ModelTestFailed,
    InvalidConfig,
    ModelNotEnabled,
    ManageForbidden,
    AuthFailed,
    Forbidden,
    NotFound,
    Conflict,
    InvalidRequest,
    RateLimited,
    ServerFailed,
    PortApiError,
    UnexpectedAnswer,
    PortUnreachable,
)
"""Every kind of error, starting with those that Port names."""

_BY_NAME = {name: kind for kind in KINDS if issubclass(kind, PortApiError) for name in kind.names}
_BY_STATUS = {status: kind for kind in KINDS if issubclass(kind, PortApiError) for status in kind.statuses}


def api_error(
    method: str, path: str, status: int, name: str, message: str, details: Mapping[str, Any]
) -> PortApiError:
    """Return the error for Port's answer, by its name or else by the status."""
    kind = _BY_NAME.get(name) or (Forbidden if name.endswith("_forbidden") else None)
    kind = kind or _BY_STATUS.get(status, PortApiError)
    return kind(method, path, status, name, message, details)
