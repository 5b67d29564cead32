"""The `config` of a registration. Patterns are the OpenAPI's, restricted to ASCII."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import ConfigDict, StringConstraints, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from port_byollm_sandbox.port_emulator.errors import invalid_config
from port_byollm_sandbox.port_emulator.wire.body import Body, first_fault

NonEmpty = Annotated[str, StringConstraints(min_length=1)]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}-[a-z]+-[0-9]$")]
RoleArn = Annotated[str, StringConstraints(pattern=r"^arn:aws:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@-]+$")]


class ApiKeyConfig(Body):
    """The config of `openai` and `anthropic`."""

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
    """The config of `port`."""


class OpenConfig(Body):
    """The config of a provider that Port lists but its OpenAPI lacks: any fields of any shape."""

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
    """The config with a service account."""

    client_email_secret_name: NonEmpty
    private_key_secret_name: NonEmpty
    project: NonEmpty
    location: NonEmpty


class VertexGeminiConfig(OpenConfig):
    """The config with a service account, which needs all four fields, or with an API key (Express mode)."""

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
"""The providers that Port lists -> config. `bedrock` has two."""


def parse_config(provider: str, config: Mapping[str, Any]) -> ProviderConfig:
    """Read a config. Raises `LLMProviderInvalidConfigError`, worded as on the pages: "region is required"."""
    shape = PROVIDERS[provider] or (
        BedrockAccessKeysConfig
        if "accessKeyIdSecretName" in config or "secretAccessKeySecretName" in config
        else BedrockRoleConfig
    )
    try:
        return shape.model_validate(config)
    except ValidationError as error:
        raise invalid_config(first_fault(error)) from None


def secret_names(config: ProviderConfig) -> list[str]:
    """Return every secret that the config names, at any depth."""
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
