"""The bodies that Port's API takes and gives. As in Port's OpenAPI, an unknown field is an error.

Python's names are snake_case, the wire's camelCase. Patterns are the OpenAPI's, written for ASCII only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    SecretStr,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError
from starlette.requests import Request

from port_byollm.catalogue import ALL_MODEL_NAMES, models_for
from port_byollm_sandbox.port_emulator import store
from port_byollm_sandbox.port_emulator.errors import PortError, invalid_config

MAX_BODY_BYTES = 1 << 20

NonEmpty = Annotated[str, StringConstraints(min_length=1)]
SecretName = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_-]*$")]
Description = Annotated[str, StringConstraints(max_length=200)]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}-[a-z]+-[0-9]$")]
RoleArn = Annotated[str, StringConstraints(pattern=r"^arn:aws:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@-]+$")]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)

    @field_validator("*", mode="before")
    @classmethod
    def _not_null(cls, value: object) -> object:
        # None is our default for what was left out; on the wire nothing is nullable.
        if value is None:
            raise PydanticCustomError("null", "must not be null")
        return value


B = TypeVar("B", bound=BaseModel)


class AccessTokenRequest(Body):
    client_id: str
    client_secret: SecretStr


class CreateSecret(Body):
    secret_name: SecretName
    secret_value: SecretStr
    description: Description | None = None


class UpdateSecret(Body):
    secret_value: SecretStr | None = None
    description: Description | None = None


class ApiKeyConfig(Body):
    """`openai` and `anthropic`."""

    api_key_secret_name: NonEmpty


class AzureOpenAiConfig(ApiKeyConfig):
    resource_name: NonEmpty
    deployment_id: NonEmpty


class _BedrockConfig(Body):
    region: Region
    guardrail_identifier: str | None = None
    guardrail_version: str | None = None


class BedrockRoleConfig(_BedrockConfig):
    role_arn: RoleArn
    external_id_secret_name: NonEmpty | None = None


class BedrockAccessKeysConfig(_BedrockConfig):
    access_key_id_secret_name: NonEmpty
    secret_access_key_secret_name: NonEmpty


class NoConfig(Body):
    """`port`."""


class OpenConfig(Body):
    """A provider that Port lists and its OpenAPI does not know: any field, in whatever shape."""

    model_config = ConfigDict(extra="allow")

    @model_validator(mode="after")
    def _secret_names_are_text(self) -> Self:
        for field, name in _secret_fields(self.model_extra or {}):
            if not isinstance(name, str) or not name:
                raise PydanticCustomError(
                    "secret_name", "{field} must be the name of a secret", {"field": field}
                )
        return self


class VertexAnthropicConfig(OpenConfig):
    """By a service account."""

    client_email_secret_name: NonEmpty
    private_key_secret_name: NonEmpty
    project: NonEmpty
    location: NonEmpty


class VertexGeminiConfig(OpenConfig):
    """By a service account, whose four fields go together, or by an API key (Express mode)."""

    api_key_secret_name: NonEmpty | None = None
    client_email_secret_name: NonEmpty | None = None
    private_key_secret_name: NonEmpty | None = None
    project: NonEmpty | None = None
    location: NonEmpty | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = self.model_dump(by_alias=True, exclude_none=True, include=set(type(self).model_fields))
        account = [field.alias or "" for field in VertexAnthropicConfig.model_fields.values()]
        ways = "either apiKeySecretName alone, or " + ", ".join(account)
        if set(given) not in ({"apiKeySecretName"}, set(account)):
            raise PydanticCustomError("one_way", "{ways} are required", {"ways": ways})
        return self


ProviderConfig = (
    ApiKeyConfig | AzureOpenAiConfig | BedrockRoleConfig | BedrockAccessKeysConfig | NoConfig | OpenConfig
)

PROVIDERS: Mapping[str, type[ApiKeyConfig | NoConfig | OpenConfig] | None] = {
    "openai": ApiKeyConfig,
    "azure-openai": AzureOpenAiConfig,
    "anthropic": ApiKeyConfig,
    "bedrock": None,
    "port": NoConfig,
    "azure-anthropic": OpenConfig,
    "vertex-gemini": VertexGeminiConfig,
    "vertex-anthropic": VertexAnthropicConfig,
    "openai-compatible": OpenConfig,
    "anthropic-compatible": OpenConfig,
}
"""The providers that Port lists, each with its configuration; `bedrock` has two."""


class ModelOverride(Body):
    enabled: bool = True


class Overrides(Body):
    models: dict[str, ModelOverride] | None = None


class PutLlmProvider(Body):
    """The configuration is read by `parse_config`, which knows the provider."""

    config: dict[str, Any] | None = None
    overrides: Overrides | None = None
    enabled: bool = True


class CreateLlmProvider(PutLlmProvider):
    provider: str


class PutLlmDefaults(Body):
    provider: str
    model: str


async def read(request: Request, shape: type[B], status: int) -> B:
    """The request's body.

    Raises PortError 413 for one over 1 MiB, else `status` with the place of the first fault, never its value.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise PortError(413, "payload_too_large", f"The body is over {MAX_BODY_BYTES} bytes")
    try:
        return shape.model_validate_json(bytes(body))
    except ValidationError as error:
        raise PortError(status, "invalid_request", _first_fault(error)) from None


def parse_config(provider: str, config: Mapping[str, Any]) -> ProviderConfig:
    """Raises `LLMProviderInvalidConfigError`, in the pages' words: "apiKeySecretName is required"."""
    shape = PROVIDERS[provider] or (
        BedrockAccessKeysConfig
        if "accessKeyIdSecretName" in config or "secretAccessKeySecretName" in config
        else BedrockRoleConfig
    )
    try:
        return shape.model_validate(config)
    except ValidationError as error:
        raise invalid_config(_first_fault(error)) from None


def secret_names(config: ProviderConfig) -> list[str]:
    """Every secret that the configuration names, at any depth."""
    return [name for _, name in _secret_fields(config.model_dump(by_alias=True, exclude_none=True))]


def _secret_fields(value: Any) -> Iterator[tuple[str, Any]]:
    match value:
        case Mapping():
            for field, inner in value.items():
                if field.endswith("SecretName"):
                    yield field, inner
                else:
                    yield from _secret_fields(inner)
        case list():
            for inner in value:
                yield from _secret_fields(inner)


def parse_overrides(
    provider: str, overrides: Overrides | None, required: tuple[str, ...]
) -> dict[str, bool] | None:
    """Model -> enabled; None where nothing is overridden.

    Raises PortError where `required` models are left out, or others named: the OpenAPI asks PUT for every
    model of every provider, POST for exactly the provider's own. A provider whose models its users register
    takes any.
    """
    if overrides is None or overrides.models is None:
        return None
    if not models_for(provider):
        return {name: model.enabled for name, model in overrides.models.items()}
    missing = [name for name in required if name not in overrides.models]
    unknown = [name for name in overrides.models if name not in required]
    if missing:
        raise PortError(400, "invalid_request", f"overrides.models.{missing[0]} is required")
    if unknown:
        raise PortError(400, "invalid_request", f"overrides.models.{unknown[0]} is not allowed")
    return {name: model.enabled for name, model in overrides.models.items()}


def effective_models(provider: str, overrides: Mapping[str, bool] | None) -> dict[str, bool]:
    """Every model name of Port's, and those that the overrides register, -> whether requests may use it."""
    own = models_for(provider)
    if not own:
        return dict.fromkeys(ALL_MODEL_NAMES, False) | dict(overrides or {})
    return {name: name in own and (overrides or {}).get(name, True) for name in ALL_MODEL_NAMES}


def llm_provider(provider: store.LlmProvider) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "provider": provider.provider,
        "enabled": provider.enabled,
        "config": dict(provider.config),
    }
    if provider.overrides is not None:
        # The answer names all models, whatever the request had to name.
        overrides = dict.fromkeys(ALL_MODEL_NAMES, False) | dict(provider.overrides)
        answer["overrides"] = {"models": _models(overrides)}
    answer["effectiveModels"] = _models(effective_models(provider.provider, provider.overrides))
    return answer | stamps(provider.stamps)


def llm_defaults(defaults: store.LlmDefaults) -> dict[str, Any]:
    return {"provider": defaults.provider, "model": defaults.model} | stamps(defaults.stamps)


def secret(secret: store.Secret) -> dict[str, Any]:
    answer = {"secretName": secret.name, "createdAt": secret.created_at, "updatedAt": secret.updated_at}
    return answer if secret.description is None else answer | {"description": secret.description}


def stamps(stamps: store.Stamps | None) -> dict[str, str]:
    return {} if stamps is None else {to_camel(key): value for key, value in asdict(stamps).items()}


def _models(enabled: Mapping[str, bool]) -> dict[str, dict[str, bool]]:
    return {name: {"enabled": value} for name, value in enabled.items()}


def _first_fault(error: ValidationError) -> str:
    # Only the place and pydantic's sentence: the value itself may be a secret.
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
