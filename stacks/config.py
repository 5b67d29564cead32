"""The configuration of a stack, typed and validated as a whole.

Every key of `Pulumi.<stack>.yaml` in the `byollm` and `port-byollm` namespaces is read here, once. An error
names the key as it stands in that file.
"""

import difflib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal, Self, get_args

from pulumi.runtime.config import CONFIG, is_config_secret
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

import residency
from port_byollm.catalogue import GEOGRAPHIES
from port_byollm.client.base_url import parse_base_url
from port_byollm.errors import ConfigError

LOCAL_STACK = "local"

_PROJECT = "byollm"
# A misspelt one would take its resources away without a word.
_NAMESPACES = frozenset({"aws", "byollm", "port-byollm", "pulumi"})
_PLUGIN_KEYS = frozenset({"baseUrl", "clientId", "clientSecret"})


def _geography(value: str) -> str:
    if value not in GEOGRAPHIES:
        raise ValueError(
            f"{value!r} is no geography of Bedrock's inference profiles; use one of {', '.join(GEOGRAPHIES)}"
        )
    return value


Geography = Annotated[str, AfterValidator(_geography)]
AccountId = Annotated[str, Field(pattern=r"^[0-9]{12}$")]


def _models(value: object) -> object:
    if value == "all" or isinstance(value, list):
        return value
    raise ValueError("neither a list of models nor all; write [<model>, …] or all")


Text = Annotated[str, Field(min_length=1)]
# A year is a number in YAML.
Rotation = Annotated[str, Field(min_length=1, coerce_numbers_to_str=True)]
Managed = Literal["bedrock", "openai", "anthropic", "azure-openai", "defaults"]


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
    port_organization: Text
    manages: list[Managed] = list(get_args(Managed))


class Guardrail(_Section):
    """The guardrail that every invocation must use."""

    arn: str
    version: str | None = None


class ExternalId(_Section):
    """The external ID and the Port secret that holds it; another `rotation` makes a new one."""

    rotation: Rotation = "1"
    secret_name: str | None = None
    keep_previous: bool = True
    previous_until: date | None = None


class Role(_Section):
    """The role that Port's gateway assumes."""

    name: str | None = None
    max_session_duration: int | None = None
    permissions_boundary: str | None = None


class AccessKeys(_Section):
    """The user whose access key Port's gateway uses; another `rotation` makes a new key."""

    rotation: Rotation = "1"
    access_key_id_secret_name: str | None = None
    secret_access_key_secret_name: str | None = None
    user_name: str | None = None
    permissions_boundary: str | None = None


class UseCase(_Section):
    """Anthropic's use-case form."""

    company_name: Text
    company_website: Text
    intended_users: Text
    industry_option: Text
    other_industry_option: str = ""
    use_cases: Text


class ModelAccess(_Section):
    """What the account needs before Anthropic's models answer."""

    use_case: UseCase | None = None
    agreements: bool = True
    marketplace: bool = False


class _Connection(_Section):
    """What every connection has."""

    disabled_models: list[str] = []
    validate_connection: bool = True
    validation_timeout: Annotated[float, Field(ge=0)] = 60
    adopt: bool = False


class Bedrock(_Connection):
    """The Bedrock connection."""

    auth: Literal["role", "access-keys"] = "role"
    geography: Geography
    models: Annotated[Annotated[list[str], Field(min_length=1)] | Literal["all"], BeforeValidator(_models)]
    allow_end_of_life: bool = False
    scope: Literal["pinned", "documented"] = "pinned"
    policy_name: str | None = None
    guardrail: Guardrail | None = None
    external_id: ExternalId = ExternalId()
    role: Role = Role()
    access_keys: AccessKeys = AccessKeys()
    model_access: ModelAccess | None = None


class AwsSecret(_Section):
    """A secret of AWS Secrets Manager, by name or ARN."""

    id: Text
    version_stage: Text = "AWSCURRENT"


class ApiKeyProvider(_Connection):
    """A provider that takes an API key, given in one way; in none where the Port secret is there already."""

    api_key_secret_name: str | None = None
    api_key: SecretStr | None = None
    api_key_env: Text | None = None
    api_key_aws_secret: AwsSecret | None = None
    # A vendor knows its keys at once; IAM does not.
    validation_timeout: Annotated[float, Field(ge=0)] = 10

    @model_validator(mode="after")
    def _has_one_key(self) -> Self:
        given = self.model_fields_set & {"api_key", "api_key_env", "api_key_aws_secret"}
        if len(given) > 1:
            raise ValueError(f"the key is given by {' and '.join(map(to_camel, sorted(given)))}; choose one")
        return self


class AzureOpenAi(ApiKeyProvider):
    """Azure OpenAI."""

    resource_name: Text
    deployment_id: Text


class Defaults(_Section):
    """The organisation's default provider and model."""

    provider: Text
    model: Text
    on_removal: Literal["restore", "system-default", "keep"] = "restore"


class StackConfig(_Section):
    """The `byollm:` keys of one stack."""

    target: Target | None = None
    data_residency: Geography | None = None
    bedrock: Bedrock | None = None
    openai: ApiKeyProvider | None = None
    anthropic: ApiKeyProvider | None = None
    azure_openai: Annotated[AzureOpenAi | None, Field(alias="azure-openai")] = None
    defaults: Defaults | None = None
    tags: dict[str, str] = {}

    def manages(self, what: str) -> bool:
        """Whether this stack is the one that looks after `what`, one of `Managed`."""
        return self.target is None or what in self.target.manages

    def api_key_providers(self) -> dict[str, ApiKeyProvider]:
        """Those that are configured, by Port's names."""
        providers = {"openai": self.openai, "anthropic": self.anthropic, "azure-openai": self.azure_openai}
        return {name: provider for name, provider in providers.items() if provider}

    def managed(self) -> list[str]:
        """What the stack writes: what it has a section for and looks after, in the order of `Managed`."""
        sections = {**self.api_key_providers(), "bedrock": self.bedrock, "defaults": self.defaults}
        return [what for what in get_args(Managed) if sections.get(what) and self.manages(what)]


def load(stack: str) -> StackConfig:
    """Return the configuration of the running stack.

    Raises:
        ConfigError: a key that is unknown or missing, or a value that cannot be; it names every one of them.
    """
    settings = CONFIG.get()
    _check_plugin_keys(stack, settings)
    prefix = f"{_PROJECT}:"
    config = parse(
        {key.removeprefix(prefix): _value(text) for key, text in settings.items() if key.startswith(prefix)}
    )
    for name, provider in config.api_key_providers().items():
        # The engine hands over all keys in plain text, and says which of them hold something encrypted.
        if provider.api_key and not is_config_secret(prefix + name):
            raise ConfigError(
                f"{prefix}{name}.apiKey",
                "is in plain text",
                f"write it with `pulumi config set --secret --path {prefix}{name}.apiKey`, and have it "
                "replaced where it comes from: whoever has read the file has it",
            )
    if stack != LOCAL_STACK and config.target is None:
        raise ConfigError(
            f"{prefix}target",
            "missing",
            "say which AWS account and Port organization the stack is for, and what it manages there: "
            '{awsAccountId: "111122223333", portOrganization: acme, manages: [bedrock, defaults]}',
        )
    residency.check(config, settings)
    return config


def parse(values: Mapping[str, object]) -> StackConfig:
    """Return the configuration that `values`, keyed without the `byollm:` prefix, stand for.

    Raises:
        ConfigError: as `load`.
    """
    try:
        return StackConfig.model_validate(dict(values))
    except ValidationError as error:
        (key, problem), *others = [_problem(detail) for detail in error.errors()]
        raise ConfigError(key, "; ".join([problem, *map(": ".join, others)])) from None


def _check_plugin_keys(stack: str, keys: Mapping[str, str]) -> None:
    for key in keys:
        namespace, _, name = key.partition(":")
        if namespace not in _NAMESPACES:
            known = ", ".join(sorted(_NAMESPACES))
            raise ConfigError(key, "unknown configuration key", f"its namespace is none of {known}")
        if namespace == "port-byollm" and name not in _PLUGIN_KEYS:
            raise ConfigError(
                key, "unknown configuration key", f"known are {', '.join(sorted(_PLUGIN_KEYS))}"
            )
    if stack == LOCAL_STACK:
        return
    if "aws:region" not in keys:
        raise ConfigError("aws:region", "missing", "set the region that Port is to call Bedrock in")
    base_url = keys.get("port-byollm:baseUrl")
    if base_url is None:
        raise ConfigError(
            "port-byollm:baseUrl", "missing", "set https://api.port.io (EU) or https://api.us.port.io (US)"
        )
    try:
        parse_base_url(base_url)
    except ConfigError as error:
        raise ConfigError(f"port-byollm:{error.field}", error.problem, error.way_out) from None


def _value(text: str) -> object:
    """The engine hands a scalar over as it stands and anything else as JSON."""
    return json.loads(text) if text.startswith(("{", "[")) else text


def _problem(detail: ErrorDetails) -> tuple[str, str]:
    """The key, and what is wrong with it."""
    # A union's tag is no part of the key.
    path = [str(part) for part in detail["loc"] if not str(part).startswith(("list[", "literal["))]
    key = f"{_PROJECT}:{'.'.join(path)}"
    if detail["type"] == "extra_forbidden":
        return key, f"unknown configuration key{_suggestion(path)}"
    if detail["type"] == "missing":
        return key, "missing"
    # Our own words, without pydantic's before them.
    return key, str(detail["ctx"]["error"]) if detail["type"] == "value_error" else detail["msg"]


def _suggestion(path: Sequence[str]) -> str:
    known: type[BaseModel] | None = StackConfig
    for part in path[:-1]:
        known = _sections(known).get(part) if known else None
    names = [field.alias or name for name, field in known.model_fields.items()] if known else []
    close = difflib.get_close_matches(path[-1], names, 1)
    return f"; did you mean {close[0]}?" if close else f"; known are {', '.join(names)}" if names else ""


def _sections(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """The sections within a section, by key."""
    found = {}
    for name, field in model.model_fields.items():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found[field.alias or name] = kind
    return found
