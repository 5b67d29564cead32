"""What providers that take an API key have in common: where the key comes from, and how Port is told."""

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
    """Where the key comes from, and how Port is told.

    The key is given by `api_key`, `api_key_env` or `api_key_aws_secret_id`; by none of them where the Port
    secret is there already and somebody else's.
    """

    api_key: NotRequired[pulumi.Input[str]]
    """The key itself, such as a secret of the stack's configuration."""
    api_key_env: NotRequired[str]
    """The environment variable that holds it while Pulumi runs."""
    api_key_aws_secret_id: NotRequired[pulumi.Input[str]]
    """The secret of AWS Secrets Manager that holds it, by name or ARN: all of its text."""
    api_key_aws_secret_version_stage: NotRequired[str]
    """The version of that secret, by its staging label; `AWSCURRENT` when left out."""
    api_key_secret_name: NotRequired[str]
    """Name of the Port secret; the name that Port's setup page uses when left out."""
    disabled_models: NotRequired[list[str]]
    """Models of the provider that Port must not offer; Port's names."""
    validate_connection: NotRequired[bool]
    """Have Port test every enabled model before it saves the registration; `True` when left out."""
    validation_timeout: NotRequired[float]
    """Seconds for which a test that fails after a change is repeated; 10 when left out."""
    adopt: NotRequired[bool]
    """Take over a registration that is already there and differs, and overwrite a secret that is."""


class ApiKeyConnection(pulumi.ComponentResource):
    """A provider registered in Port with an API key: the base of one component for each such provider."""

    api_key_secret_name: pulumi.Output[str]
    """Name of the Port secret with the key."""
    provider: pulumi.Output[str]
    """Port's name of the provider, once it is registered."""
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
        """Make the `component` called `name`; `config` is what the provider takes beside the key."""
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
        """The key; None where it is in Port already."""
        given = [source for source in _SOURCES if source in args]
        if len(given) > 1:
            raise ConfigError(given[1], f"the key is given by {given[0]} already", "give it in one way")
        if "api_key" in args:
            return args["api_key"]
        if "api_key_env" in args:
            return _from_environment(args["api_key_env"])
        if "api_key_aws_secret_id" in args:
            stage = args.get("api_key_aws_secret_version_stage", defaults.SECRET_VERSION_STAGE)
            return self._from_aws(args["api_key_aws_secret_id"], stage)
        return None

    def _from_aws(self, secret_id: pulumi.Input[str], stage: str) -> pulumi.Output[str]:
        import pulumi_aws as aws  # takes most of a second, which others need not wait

        @explained
        def read(known: str) -> str:
            try:
                # Not in its form for outputs: nobody could catch that one's failure.
                version = aws.secretsmanager.get_secret_version(
                    secret_id=known, version_stage=stage, opts=pulumi.InvokeOptions(parent=self)
                )
            except Exception as error:  # the SDK has no class for what a provider refuses
                raise ConfigError(
                    "api_key_aws_secret_id",
                    f"the version {stage} of {known} cannot be read from AWS Secrets Manager "
                    f"({_said(error)})",
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


def _said(error: Exception) -> str:
    """What the provider said, without the engine's words before it."""
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
    """For each model that Port knows for the provider, whether it is enabled."""
    models = models_for(provider)
    for name in disabled:
        if name not in models:
            raise ConfigError(
                "disabled_models", f"{name!r} is no model of {provider}", f"use any of {', '.join(models)}"
            )
    return {model: model not in disabled for model in models}
