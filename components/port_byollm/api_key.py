"""The common part of connections that use an API key."""

import os
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from port_byollm import defaults, names
from port_byollm.catalogue import models_for
from port_byollm.errors import ConfigError
from port_byollm.options import keeps_description
from port_byollm.outputs import explained
from port_byollm.resources import LlmProvider, Secret

_SOURCES = ("api_key", "api_key_env", "api_key_aws_secret_id")


class ApiKeyConnectionArgs(TypedDict):
    """The source of the API key, and the registration in Port.

    Give the key by one of `api_key`, `api_key_env` and `api_key_aws_secret_id`, or by none of them to use an
    existing secret in Port, which the component then does not manage.
    """

    api_key: NotRequired[pulumi.Input[str]]
    """The key itself, such as a secret from the stack's configuration."""
    api_key_env: NotRequired[str]
    """Environment variable that holds the key, read while Pulumi runs."""
    api_key_aws_secret_id: NotRequired[pulumi.Input[str]]
    """Name or ARN of the secret in AWS Secrets Manager whose text is the key."""
    api_key_aws_secret_version_stage: NotRequired[str]
    """Staging label of that secret's version (default: `AWSCURRENT`)."""
    api_key_secret_name: NotRequired[str]
    """Name of the secret in Port (default: the name in Port's setup page, such as `openai-api-key`)."""
    disabled_models: NotRequired[list[str]]
    """Port's names of the provider's models that Port must not offer."""
    validate_connection: NotRequired[bool]
    """Have Port test every enabled model before it saves the registration (default: `True`)."""
    validation_timeout: NotRequired[float]
    """Seconds for which a test that fails after a change is retried (default: 10)."""
    adopt: NotRequired[bool]
    """Take over an existing registration that differs, and overwrite an existing secret."""


class ApiKeyConnection(pulumi.ComponentResource):
    """Base of the components that register a provider with an API key."""

    api_key_secret_name: pulumi.Output[str]
    """Name of the secret in Port that holds the key."""
    provider: pulumi.Output[str]
    """Port's name of the provider, available once it is registered."""
    enabled: pulumi.Output[bool]
    """Whether Port offers the provider."""
    effective_models: pulumi.Output[Sequence[str]]
    """Names of the models that Port offers, sorted."""

    @explained
    def __init__(
        self,
        component: str,
        name: str,
        *,
        provider: str,
        args: ApiKeyConnectionArgs,
        config: Mapping[str, pulumi.Input[str]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Create the `component` called `name`. `config` has the provider's fields beside the key."""
        super().__init__(f"port-byollm:index:{component}", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        secret_name = args.get("api_key_secret_name") or names.api_key_secret(provider)
        self.api_key_secret_name = pulumi.Output.from_input(secret_name)
        triggers: dict[str, pulumi.Input[str]] = {}
        api_key = self._api_key(args)
        if api_key is not None:
            secret = Secret(
                name,
                secret_name=secret_name,
                secret_value=api_key,
                description=f"API key with which Port's LLM gateway calls {provider}",
                adopt=args.get("adopt"),
                opts=keeps_description(self),
            )
            self.api_key_secret_name = secret.secret_name
            triggers["apiKey"] = secret.updated_at
        registration = LlmProvider(
            name,
            provider=provider,
            config={"apiKeySecretName": self.api_key_secret_name, **(config or {})},
            models=_registration(provider, args.get("disabled_models", [])),
            validate_connection=args.get("validate_connection", True),
            validation_timeout=args.get("validation_timeout", defaults.API_KEY_VALIDATION_SECONDS),
            triggers=triggers,
            adopt=args.get("adopt"),
            opts=child,
        )
        self.provider = registration.provider
        self.enabled = registration.enabled
        self.effective_models = registration.effective_models
        self.register_outputs(
            {
                "apiKeySecretName": self.api_key_secret_name,
                "provider": self.provider,
                "enabled": self.enabled,
                "effectiveModels": self.effective_models,
            }
        )

    def _api_key(self, args: ApiKeyConnectionArgs) -> pulumi.Input[str] | None:
        """Return the key, or None to use an existing secret in Port."""
        given = [source for source in _SOURCES if source in args]
        if len(given) > 1:
            raise ConfigError(given[1], f"the key is given by {given[0]} already", "choose one of them")
        if "api_key" in args:
            return args["api_key"]
        if "api_key_env" in args:
            return _from_environment(args["api_key_env"])
        if "api_key_aws_secret_id" in args:
            stage = args.get("api_key_aws_secret_version_stage", defaults.SECRET_VERSION_STAGE)
            return self._from_aws(args["api_key_aws_secret_id"], stage)
        return None

    def _from_aws(self, secret_id: pulumi.Input[str], stage: str) -> pulumi.Output[str]:
        import pulumi_aws as aws  # takes most of a second, and only this source needs it

        @explained
        def read(known: str) -> str:
            try:
                # Not `get_secret_version_output`: its failure could not be caught.
                version = aws.secretsmanager.get_secret_version(
                    secret_id=known, version_stage=stage, opts=pulumi.InvokeOptions(parent=self)
                )
            except Exception as error:  # the SDK has no class for a provider's refusal
                raise ConfigError(
                    "api_key_aws_secret_id",
                    f"the version {stage} of {known} cannot be read from AWS Secrets Manager "
                    f"({_reason(error)})",
                    "create it with the key as its text, allow secretsmanager:GetSecretValue to the "
                    "credentials in use, or name another one",
                ) from error
            return _not_empty(version.secret_string, known, stage)

        return pulumi.Output.secret(pulumi.Output.from_input(secret_id).apply(read))


def _from_environment(variable: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise ConfigError(
            "api_key_env", f"the environment variable {variable} is not set", "set it where Pulumi runs"
        )
    return value


def _reason(error: Exception) -> str:
    """Return the provider's message, without the engine's prefix."""
    return " ".join(str(error).rpartition("returned an error: ")[2].split()).rstrip(".")


def _not_empty(text: str | None, secret_id: str, stage: str) -> str:
    if not text:
        raise ConfigError(
            "api_key_aws_secret_id",
            f"the version {stage} of {secret_id} in AWS Secrets Manager holds no text",
            "store the key as text",
        )
    return text


def _registration(provider: str, disabled: Sequence[str]) -> dict[str, bool]:
    """Return, for each model that Port knows for the provider, whether it is enabled."""
    models = models_for(provider)
    for name in disabled:
        if name not in models:
            raise ConfigError(
                "disabled_models", f"{name!r} is not a model of {provider}", f"use any of {', '.join(models)}"
            )
    return {model: model not in disabled for model in models}
