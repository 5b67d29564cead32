"""The program of one environment: creates components from `Pulumi.<stack>.yaml`."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Protocol

import pulumi

from config import load
from port_byollm import (
    AnthropicConnection,
    AnthropicModelAccess,
    AnthropicModelAccessArgs,
    ApiKeyConnectionArgs,
    Auth,
    AzureOpenAiConnection,
    AzureOpenAiConnectionArgs,
    BedrockConnection,
    BedrockConnectionArgs,
    LlmDefaults,
    OpenAiConnection,
    Scope,
    UseCase,
)
from port_byollm.bedrock.model_selection import ModelSelection
from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.errors import PortByollmError, spelled
from port_byollm.stack_config import (
    ApiKeyProvider,
    AzureOpenAi,
    Bedrock,
    Defaults,
    ModelAccess,
    StackConfig,
    key,
)
from target import bound


class Connection(Protocol):
    """A provider that a component has registered in Port."""

    provider: pulumi.Output[str]
    enabled: pulumi.Output[bool]
    effective_models: pulumi.Output[Sequence[str]]


def main() -> None:
    config = load(pulumi.get_stack()).own()
    opts = bound(config)
    connections: dict[str, Connection] = {}
    if config.bedrock:
        with _section("bedrock"):
            connections["bedrock"] = _bedrock(config, config.bedrock, opts)
    for name, provider in config.api_key_providers().items():
        with _section(name):
            connections[name] = _api_key_connection(name, provider, opts)
    if connections:
        pulumi.export("providers", {name: _exported(connection) for name, connection in connections.items()})
    if config.defaults:
        _defaults(config, config.defaults, connections.get(config.defaults.provider), opts)


def _section(name: str) -> AbstractContextManager[None]:
    """Make errors name an argument's key in the stack's configuration."""
    return spelled(partial(key, name))


def _exported(connection: Connection) -> dict[str, object]:
    return {"enabled": connection.enabled, "effectiveModels": connection.effective_models}


def _bedrock(config: StackConfig, bedrock: Bedrock, opts: pulumi.ResourceOptions) -> BedrockConnection:
    args = BedrockConnectionArgs(
        geography=bedrock.geography,
        scope=Scope(bedrock.scope),
        disabled_models=bedrock.disabled_models,
        allow_end_of_life=bedrock.allow_end_of_life,
        auth=Auth(bedrock.auth),
        validate_connection=bedrock.validate_connection,
        validation_timeout=bedrock.validation_timeout,
        adopt=bedrock.adopt,
        tags={**config.tags},
    )
    if bedrock.models == "all":
        args["all_models"] = True
    else:
        args["models"] = bedrock.models
    if bedrock.policy_name:
        args["policy_name"] = bedrock.policy_name
    if bedrock.guardrail:
        args["guardrail_arn"] = bedrock.guardrail.arn
        if bedrock.guardrail.version:
            args["guardrail_version"] = bedrock.guardrail.version
    if config.target:
        args["account_id"] = config.target.aws_account_id
    if bedrock.auth == "role":
        _set_role(args, bedrock, config.data_residency)
    else:
        _set_access_keys(args, bedrock)
    needed = []
    if bedrock.model_access:
        access = _model_access(config, bedrock, bedrock.model_access, opts)
        needed.append(access)
        args["additional_policy_arns"] = [policy.arn for policy in access.policies]
    # Port tests the models when it registers them.
    opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=needed))
    connection = BedrockConnection("bedrock", args, opts)
    pulumi.export("policyArns", connection.policy_arns)
    pulumi.export("access", connection.access)
    if bedrock.auth == "role":
        pulumi.export("roleArn", connection.role_arn)
        pulumi.export("externalIdSecretName", connection.external_id_secret_name)
    else:
        pulumi.export("userArn", connection.user_arn)
        pulumi.export("accessKeyIdSecretName", connection.access_key_id_secret_name)
        pulumi.export("secretAccessKeySecretName", connection.secret_access_key_secret_name)
    return connection


def _set_role(args: BedrockConnectionArgs, bedrock: Bedrock, residency: str | None) -> None:
    role, external_id = bedrock.role, bedrock.external_id
    if residency is not None and residency in GATEWAY_PRINCIPALS:
        # Prompts pass through a gateway, so only the residency's gateway is trusted.
        args["port_region"] = residency
    args["external_id_rotation"] = external_id.rotation
    args["external_id_keep_previous"] = external_id.keep_previous
    if external_id.previous_until:
        args["external_id_previous_until"] = external_id.previous_until.isoformat()
    if external_id.secret_name:
        args["external_id_secret_name"] = external_id.secret_name
    if role.name:
        args["role_name"] = role.name
    if role.max_session_duration is not None:
        args["max_session_duration"] = role.max_session_duration
    if role.permissions_boundary:
        args["permissions_boundary"] = role.permissions_boundary


def _set_access_keys(args: BedrockConnectionArgs, bedrock: Bedrock) -> None:
    keys = bedrock.access_keys
    args["access_key_rotation"] = keys.rotation
    if keys.access_key_id_secret_name:
        args["access_key_id_secret_name"] = keys.access_key_id_secret_name
    if keys.secret_access_key_secret_name:
        args["secret_access_key_secret_name"] = keys.secret_access_key_secret_name
    if keys.user_name:
        args["user_name"] = keys.user_name
    if keys.permissions_boundary:
        args["permissions_boundary"] = keys.permissions_boundary


def _model_access(
    config: StackConfig, bedrock: Bedrock, access: ModelAccess, opts: pulumi.ResourceOptions
) -> AnthropicModelAccess:
    args = AnthropicModelAccessArgs(marketplace=access.marketplace, tags={**config.tags})
    if form := access.use_case:
        args["use_case"] = UseCase(
            company_name=form.company_name,
            company_website=form.company_website,
            intended_users=form.intended_users,
            industry_option=form.industry_option,
            other_industry_option=form.other_industry_option,
            use_cases=form.use_cases,
        )
    if access.agreements:
        selection = ModelSelection.of(
            models=None if bedrock.models == "all" else bedrock.models,
            all_models=bedrock.models == "all",
            geography=bedrock.geography,
            allow_end_of_life=bedrock.allow_end_of_life,
        )
        args["models"] = selection.anthropic()
    return AnthropicModelAccess("bedrock", args, opts)


def _api_key_connection(name: str, provider: ApiKeyProvider, opts: pulumi.ResourceOptions) -> Connection:
    if isinstance(provider, AzureOpenAi):
        azure: AzureOpenAiConnectionArgs = {
            **_api_key_args(provider),
            "resource_name": provider.resource_name,
            "deployment_id": provider.deployment_id,
        }
        return AzureOpenAiConnection(name, azure, opts)
    kind = {"openai": OpenAiConnection, "anthropic": AnthropicConnection}[name]
    return kind(name, _api_key_args(provider), opts)


def _api_key_args(provider: ApiKeyProvider) -> ApiKeyConnectionArgs:
    args = ApiKeyConnectionArgs(
        disabled_models=provider.disabled_models,
        validate_connection=provider.validate_connection,
        validation_timeout=provider.validation_timeout,
        adopt=provider.adopt,
    )
    if provider.api_key_secret_name:
        args["api_key_secret_name"] = provider.api_key_secret_name
    if provider.api_key:
        args["api_key"] = pulumi.Output.secret(provider.api_key.get_secret_value())
    if provider.api_key_env:
        args["api_key_env"] = provider.api_key_env
    if provider.api_key_aws_secret:
        args["api_key_aws_secret_id"] = provider.api_key_aws_secret.id
        args["api_key_aws_secret_version_stage"] = provider.api_key_aws_secret.version_stage
    return args


def _defaults(
    config: StackConfig, defaults: Defaults, connection: Connection | None, opts: pulumi.ResourceOptions
) -> None:
    resource = LlmDefaults(
        "defaults",
        # The connection's output: creates the defaults after their provider, and removes them before it.
        provider=connection.provider if connection else defaults.provider,
        model=defaults.model,
        enabled_models=connection.effective_models if connection else None,
        on_removal=defaults.on_removal,
        data_residency=config.data_residency,
        opts=opts,
    )
    pulumi.export("defaultProvider", resource.provider)
    pulumi.export("defaultModel", resource.model)


try:
    main()
except PortByollmError as error:
    raise pulumi.RunError(str(error)) from error
