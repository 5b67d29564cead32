"""Wire models from Port's OpenAPI (`/v1/llm-providers`, `/v1/organization/secrets`).

Requests are validated strictly, with messages that say what to change. Answers are read leniently, because
Port adds fields. Patterns are ASCII and match the whole text: the OpenAPI's `\\d` and `$` would also accept
other digits and a trailing newline.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

DESCRIPTION_LENGTH: Final = 200
"""Maximum characters of a secret's description."""

_SECRET_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
_REGION = re.compile(r"[a-z]{2}-[a-z]+-[0-9]", re.ASCII)
_ROLE_ARN = re.compile(
    r"arn:(?P<partition>[a-z-]+):iam::(?P<account>[0-9]{12}):role/(?P<path>[!-~]*/)?[\w+=,.@-]+", re.ASCII
)


def secret_name(text: str) -> str:
    """Return `text` if Port accepts it as a secret's name. Raises ValueError with the problem otherwise."""
    if not _SECRET_NAME.fullmatch(text):
        raise ValueError("is not a secret's name: 1 to 100 of the characters A-Z a-z 0-9 - _")
    return text


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    return text


def _region(text: str) -> str:
    if not _REGION.fullmatch(text):
        raise ValueError(
            'is not a region that Port takes: two letters, a word and a digit, as in "eu-west-1"'
        )
    return text


def _role_arn(text: str) -> str:
    match = _ROLE_ARN.fullmatch(text)
    if not match:
        raise ValueError("is not a role's ARN: arn:aws:iam::<12-digit account>:role/<name>")
    if match["partition"] != "aws":
        raise ValueError(
            f"is in the partition {match['partition']}; Port's gateway assumes roles of aws only"
        )
    if match["path"]:
        raise ValueError(
            f"has the IAM path /{match['path']}, which Port does not accept; create the role with the path /"
        )
    return text


Text = Annotated[str, AfterValidator(_not_empty)]
SecretName = Annotated[str, AfterValidator(secret_name)]


class _Request(BaseModel):
    # Strict, so that a number is not text. Errors omit inputs: one may be a secret instead of its name.
    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, hide_input_in_errors=True, frozen=True
    )


class ApiKeyConfig(_Request):
    """`openai` and `anthropic`."""

    api_key_secret_name: SecretName


class AzureOpenAiConfig(ApiKeyConfig):
    resource_name: Text
    deployment_id: Text


class _BedrockConfig(_Request):
    region: Annotated[str, AfterValidator(_region)]
    guardrail_identifier: str | None = None
    guardrail_version: str | None = None


class BedrockRoleConfig(_BedrockConfig):
    """Port's gateway assumes a role (Setup & Configuration, Option A)."""

    role_arn: Annotated[str, AfterValidator(_role_arn)]
    external_id_secret_name: SecretName | None = None


class BedrockAccessKeysConfig(_BedrockConfig):
    """Port's gateway uses an IAM user's access key (Setup & Configuration, Option B)."""

    access_key_id_secret_name: SecretName
    secret_access_key_secret_name: SecretName


_CONFIGS: Mapping[str, type[_Request]] = {
    "openai": ApiKeyConfig,
    "anthropic": ApiKeyConfig,
    "azure-openai": AzureOpenAiConfig,
}


def config_problems(provider: str, config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return why Port would refuse a provider's config: pairs of key ("" for the whole config) and problem.

    The config of an unknown provider is not checked.
    """
    model = _CONFIGS.get(provider)
    if provider == "bedrock":
        role = {"roleArn", "externalIdSecretName"} & config.keys()
        keys = {"accessKeyIdSecretName", "secretAccessKeySecretName"} & config.keys()
        if role and keys:
            both = " and ".join(sorted(role | keys))
            return [("", f"has {both}, but Port accepts either a role or access keys; leave one of them out")]
        if not role and not keys:
            ways = "roleArn, or accessKeyIdSecretName and secretAccessKeySecretName"
            return [("", f"has neither way for Port to sign in to AWS; give {ways}")]
        model = BedrockRoleConfig if role else BedrockAccessKeysConfig
    if model is None:
        return []
    try:
        model.model_validate(dict(config))
    except ValidationError as error:
        return [_in_words(provider, model, dict(each)) for each in error.errors()]
    return []


def _in_words(provider: str, model: type[_Request], error: dict[str, Any]) -> tuple[str, str]:
    key = str(error["loc"][0])
    fields = [field.alias or name for name, field in model.model_fields.items()]
    match error["type"]:
        case "missing":
            return key, f"is missing; {provider} needs it"
        case "extra_forbidden":
            return key, f"is not a field of {provider}; its fields are {', '.join(fields)}"
        case "value_error":
            return key, str(error["ctx"]["error"])
        case _:
            return key, "is not text"


class _Answer(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, extra="ignore", hide_input_in_errors=True, frozen=True
    )


class Token(_Answer):
    """`POST /v1/auth/access_token`; `expiresIn` in seconds."""

    access_token: Annotated[str, Field(repr=False, pattern="^[!-~]+$")]  # what a header can hold
    expires_in: float


class SecretInfo(_Answer):
    """A secret's metadata, without its value. Times are ISO 8601 text."""

    secret_name: str
    description: str | None = None
    created_at: str | None = None
    updated_at: str | None = None


class OrganizationInfo(_Answer):
    """An organization. Port's pages show only the name; the API also returns an id."""

    id: str | None = None
    name: str

    def is_called(self, text: str) -> bool:
        """Return whether `text` is its id or name."""
        return text in (self.id, self.name)


def _without_nulls(config: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if value is not None}


class ModelSwitch(_Answer):
    enabled: bool = True


class LlmProvider(_Answer):
    """A registered provider. `config` names secrets but contains none; nulls are left out."""

    provider: str
    enabled: bool
    config: Annotated[dict[str, Any], AfterValidator(_without_nulls)] = {}
    models: Annotated[dict[str, ModelSwitch], Field(alias="effectiveModels")] = {}

    @property
    def effective_models(self) -> list[str]:
        """Names of the enabled models, sorted."""
        return sorted(name for name, model in self.models.items() if model.enabled)


class LlmDefaults(_Answer):
    """The organization's default, or the system's if it has none."""

    provider: str
    model: str
    updated_at: str | None = None

    @property
    def is_organizations(self) -> bool:
        """Whether the organization has set it: the system's, with Port's own provider, has no date."""
        return self.updated_at is not None or self.provider != "port"


class InvocationQuota(_Answer):
    """Invocations of Port's own models; `month` is `2026-11`."""

    monthly_limit: int
    remaining_quota: int
    month: str
