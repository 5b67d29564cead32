"""The `byollm:` keys of `Pulumi.<stack>.yaml`: one class for each section, one field for each key."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic.alias_generators import to_camel

from port_byollm import defaults
from port_byollm.catalogue import GEOGRAPHIES


def _geography(value: str) -> str:
    if value not in GEOGRAPHIES:
        raise ValueError(
            f"{value!r} is not a geography of Bedrock's profiles; use one of {', '.join(GEOGRAPHIES)}"
        )
    return value


Geography = Annotated[str, AfterValidator(_geography)]


def _account_id(value: str) -> str:
    if not re.fullmatch(r"[0-9]{12}", value, re.ASCII):
        raise ValueError(f"{value!r} is not an AWS account ID, which has 12 digits")
    return value


AccountId = Annotated[str, AfterValidator(_account_id)]


def _models(value: object) -> object:
    if value == "all":
        return value
    if not isinstance(value, list) or not all(isinstance(model, str) for model in value):
        raise ValueError("neither a list of models nor all; write [<model>, …] or all")
    if not value:
        raise ValueError("an empty list; name at least one model")
    return value


Text = Annotated[str, Field(min_length=1)]
# A rotation such as 2026 is a number in YAML.
Rotation = Annotated[str, Field(min_length=1, coerce_numbers_to_str=True)]
Managed = Literal["bedrock", "openai", "anthropic", "azure-openai", "defaults"]
_MANAGED: tuple[Managed, ...] = get_args(Managed)


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
    """The AWS account and Port organization of this stack, and what it manages there."""

    aws_account_id: AccountId
    port_organization: Text
    manages: list[Managed] = list(_MANAGED)


class Guardrail(_Section):
    """The guardrail that every invocation must use."""

    arn: str
    version: str | None = None


class ExternalId(_Section):
    """The external ID and its Port secret; changing `rotation` generates a new one."""

    rotation: Rotation = defaults.ROTATION
    secret_name: str | None = None
    keep_previous: bool = True
    previous_until: date | None = None


class Role(_Section):
    """The role that Port's gateway assumes."""

    name: str | None = None
    max_session_duration: int | None = None
    permissions_boundary: str | None = None


class AccessKeys(_Section):
    """The user whose access key Port's gateway uses; changing `rotation` creates a new key."""

    rotation: Rotation = defaults.ROTATION
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
    """What the account needs before Anthropic's models can be used."""

    use_case: UseCase | None = None
    agreements: bool = True
    marketplace: bool = False


class _Connection(_Section):
    """Settings of every connection."""

    disabled_models: list[str] = []
    validate_connection: bool = True
    validation_timeout: Annotated[float, Field(ge=0)] = defaults.VALIDATION_SECONDS
    adopt: bool = False


class SignIn(_Section):
    """How Port's gateway signs in to AWS. Settings of the other way are ignored."""

    auth: Literal["role", "access-keys"] = defaults.AUTH
    external_id: ExternalId = ExternalId()
    role: Role = Role()
    access_keys: AccessKeys = AccessKeys()

    @property
    def identity(self) -> Role | AccessKeys:
        """The section of the gateway's role or user."""
        return self.role if self.auth == "role" else self.access_keys

    @property
    def identity_key(self) -> str:
        """Full key of that section."""
        return f"byollm:bedrock.{'role' if self.auth == 'role' else 'accessKeys'}"


class Bedrock(SignIn, _Connection):
    """The Bedrock connection."""

    geography: Geography
    models: Annotated[list[str] | Literal["all"], BeforeValidator(_models)]
    allow_end_of_life: bool = False
    scope: Literal["pinned", "documented"] = defaults.SCOPE
    policy_name: str | None = None
    guardrail: Guardrail | None = None
    model_access: ModelAccess | None = None


class AwsSecret(_Section):
    """A secret in AWS Secrets Manager, by name or ARN."""

    id: Text
    version_stage: Text = defaults.SECRET_VERSION_STAGE


class ApiKeyProvider(_Connection):
    """A provider with an API key from at most one source; without a source, the Port secret must exist."""

    api_key_secret_name: str | None = None
    api_key: SecretStr | None = None
    api_key_env: Text | None = None
    api_key_aws_secret: AwsSecret | None = None
    validation_timeout: Annotated[float, Field(ge=0)] = defaults.API_KEY_VALIDATION_SECONDS

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
    """The organization's default provider and model."""

    provider: Text
    model: Text
    on_removal: Literal["restore", "system-default", "keep"] = defaults.ON_REMOVAL


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

    def api_key_providers(self) -> dict[str, ApiKeyProvider]:
        """Return the configured ones, by Port's names."""
        providers = {"openai": self.openai, "anthropic": self.anthropic, "azure-openai": self.azure_openai}
        return {name: provider for name, provider in providers.items() if provider}

    @property
    def managed(self) -> Sequence[Managed]:
        """What this stack manages."""
        return _MANAGED if self.target is None else self.target.manages

    def own(self) -> Self:
        """Return a copy without the sections of what other stacks manage."""
        return self.model_copy(update={_field(name): None for name in _MANAGED if name not in self.managed})

    def made(self) -> list[Managed]:
        """Return what is configured, in the order of `Managed`."""
        return [name for name in _MANAGED if getattr(self, _field(name))]


def _field(name: Managed) -> str:
    return name.replace("-", "_")
