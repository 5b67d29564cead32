"""The configuration of a stack, typed and validated as a whole.

Every key of `Pulumi.<stack>.yaml` in the `byollm` and `port-byollm` namespaces is read here, once. An error
names the key as it stands in that file.
"""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pulumi.runtime.config import CONFIG
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from port_byollm.catalogue import GEOGRAPHIES
from port_byollm.errors import ConfigError

LOCAL_STACK = "local"

_PROJECT = "byollm"
_PLUGIN_KEYS = frozenset({"baseUrl", "clientId", "clientSecret"})
_HTTPS_URL = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]+)?/?")


def _geography(value: str) -> str:
    if value not in GEOGRAPHIES:
        raise ValueError(
            f"{value!r} is no geography of Bedrock's inference profiles; use one of {', '.join(GEOGRAPHIES)}"
        )
    return value


Geography = Annotated[str, AfterValidator(_geography)]
AccountId = Annotated[str, Field(pattern=r"^[0-9]{12}$")]


class _Section(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        validate_by_name=False,
        validate_by_alias=True,
    )


class Target(_Section):
    """What this stack may touch: one AWS account, one Port organisation."""

    aws_account_id: AccountId
    port_organization: Annotated[str, Field(min_length=1)]
    manages: list[Literal["bedrock", "defaults"]] = ["bedrock", "defaults"]


class Guardrail(_Section):
    """The guardrail that every invocation must use."""

    arn: str
    version: str | None = None


class ExternalId(_Section):
    """The external ID and the Port secret that holds it; another `rotation` makes a new one."""

    rotation: Annotated[str, Field(min_length=1)] = "1"
    secret_name: str | None = None


class Role(_Section):
    """The role that Port's gateway assumes."""

    name: str | None = None
    max_session_duration: int | None = None
    permissions_boundary: str | None = None


class Bedrock(_Section):
    """The Bedrock connection."""

    auth: Literal["role"] = "role"
    geography: Geography
    models: Annotated[list[str], Field(min_length=1)] | Literal["all"]
    disabled_models: list[str] = []
    allow_end_of_life: bool = False
    scope: Literal["pinned", "documented"] = "pinned"
    guardrail: Guardrail | None = None
    external_id: ExternalId = ExternalId()
    role: Role = Role()
    validate_connection: bool = True
    validation_timeout: Annotated[float, Field(ge=0)] = 60
    adopt: bool = False


class Defaults(_Section):
    """The organisation's default provider and model."""

    provider: Annotated[str, Field(min_length=1)]
    model: Annotated[str, Field(min_length=1)]
    on_removal: Literal["restore", "system-default", "keep"] = "restore"


class StackConfig(_Section):
    """The `byollm:` keys of one stack."""

    target: Target | None = None
    data_residency: Geography | None = None
    bedrock: Bedrock | None = None
    defaults: Defaults | None = None
    tags: dict[str, str] = {}

    @model_validator(mode="after")
    def _residency_holds(self) -> Self:
        if self.data_residency and self.bedrock and self.bedrock.geography != self.data_residency:
            raise ConfigError(
                f"{_PROJECT}:bedrock.geography",
                f"{self.bedrock.geography!r} leaves the declared data residency {self.data_residency!r}",
                f"use {self.data_residency!r} or change {_PROJECT}:dataResidency",
            )
        return self


def load(stack: str) -> StackConfig:
    """Return the configuration of the running stack.

    Raises:
        ConfigError: a key that is unknown or missing, or a value that cannot be; it names every one of them.
    """
    settings = CONFIG.get()
    _check_plugin_keys(stack, settings)
    prefix = f"{_PROJECT}:"
    return parse(
        {key.removeprefix(prefix): _value(text) for key, text in settings.items() if key.startswith(prefix)}
    )


def parse(values: Mapping[str, object]) -> StackConfig:
    """Return the configuration that `values`, keyed without the `byollm:` prefix, stand for.

    Raises:
        ConfigError: as `load`.
    """
    try:
        return StackConfig.model_validate(dict(values))
    except ValidationError as error:
        raise ConfigError(_PROJECT, "; ".join(_sentence(detail) for detail in error.errors())) from None


def _check_plugin_keys(stack: str, keys: Mapping[str, str]) -> None:
    for key in keys:
        namespace, _, name = key.partition(":")
        if namespace == "port-byollm" and name not in _PLUGIN_KEYS:
            raise ConfigError(
                key, "unknown configuration key", f"known are {', '.join(sorted(_PLUGIN_KEYS))}"
            )
    if stack == LOCAL_STACK:
        return
    base_url = keys.get("port-byollm:baseUrl")
    if base_url is None:
        raise ConfigError(
            "port-byollm:baseUrl", "missing", "set https://api.port.io (EU) or https://api.us.port.io (US)"
        )
    if not _HTTPS_URL.fullmatch(base_url):
        raise ConfigError(
            "port-byollm:baseUrl",
            f"{base_url!r} is not an https URL without a path",
            "Port is reached over https only",
        )


def _value(text: str) -> object:
    """The engine hands a scalar over as it stands and anything else as JSON."""
    return json.loads(text) if text.startswith(("{", "[")) else text


def _sentence(detail: ErrorDetails) -> str:
    key = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return f"{_PROJECT}:{key}: unknown configuration key"
    if detail["type"] == "missing":
        return f"{_PROJECT}:{key}: missing"
    return f"{_PROJECT}:{key}: {detail['msg']}"
