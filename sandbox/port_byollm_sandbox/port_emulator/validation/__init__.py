"""Connection tests before a registration is saved (Setup & Configuration, "Connection validation").

Each file has one way to connect. A test returns for each model why it cannot be used, in the vendor's words.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from botocore.exceptions import BotoCoreError
from starlette.concurrency import run_in_threadpool

from port_byollm_sandbox.port_emulator import wire
from port_byollm_sandbox.port_emulator.context import Context
from port_byollm_sandbox.port_emulator.errors import PortError
from port_byollm_sandbox.port_emulator.organizations import Organization
from port_byollm_sandbox.port_emulator.validation import api_key, bedrock, bedrock_access_keys, bedrock_role


async def test_connection(
    context: Context,
    organization: Organization,
    provider: str,
    config: wire.ProviderConfig,
    models: Sequence[str],
    iam_delay: timedelta,
) -> None:
    """Test each of `models`. Roles and access keys younger than `iam_delay` are treated as missing.

    Raises PortError 400 `LLMProviderModelTestError` with `details.testedModels` if a test fails, and 501
    `connection_test_unsupported` for a connection that the emulator cannot test.
    """
    secrets = {}
    for name in wire.secret_names(config):
        value = context.store.secrets.value(organization.id, name)
        if value is None:
            raise _all_failed(provider, models, f"Secret '{name}' does not exist in Port")
        secrets[name] = value
    match config:
        case wire.NoConfig():
            return
        case wire.BedrockRoleConfig():
            role = bedrock_role.RoleCredentials(
                role_arn=config.role_arn,
                port_region=organization.port_region,
                external_id=secrets.get(config.external_id_secret_name or ""),
                external_id_secret_name=config.external_id_secret_name,
            )
            results = await _test_bedrock(
                context,
                lambda endpoint_url: bedrock_role.assume(role, endpoint_url, iam_delay),
                config,
                models,
            )
        case wire.BedrockAccessKeysConfig():
            key = bedrock_access_keys.AccessKey(
                id=secrets[config.access_key_id_secret_name],
                secret=secrets[config.secret_access_key_secret_name],
                id_secret_name=config.access_key_id_secret_name,
                secret_secret_name=config.secret_access_key_secret_name,
            )
            results = await _test_bedrock(
                context,
                lambda endpoint_url: bedrock_access_keys.sign_in(key, config.region, endpoint_url, iam_delay),
                config,
                models,
            )
        case wire.ApiKeyConfig():
            results = await api_key.test(_completions(context, provider, config, secrets, models))
        case wire.OpenConfig():
            raise PortError(
                501,
                "connection_test_unsupported",
                f"The secrets of provider '{provider}' exist, but this emulator cannot test such a"
                " connection; register it with validate_connection=false",
            )
    if any(message is not None for message in results.values()):
        raise _failed(provider, results)


async def _test_bedrock(
    context: Context,
    sign_in: Callable[[str], bedrock.Caller],
    config: wire.BedrockRoleConfig | wire.BedrockAccessKeysConfig,
    models: Sequence[str],
) -> dict[str, str | None]:
    endpoint_url = context.aws_endpoint_url
    if endpoint_url is None:
        raise PortError(
            501,
            "connection_test_unsupported",
            "The emulator has no AWS to test a Bedrock connection against; start it with --aws-endpoint-url,"
            " or register the provider with validate_connection=false",
        )
    target = bedrock.Target.parse(config, context.store.settings.get().inference_profiles)
    try:
        return await run_in_threadpool(bedrock.test, lambda: sign_in(endpoint_url), target, models)
    except BotoCoreError as error:  # nothing listens there, or it is not an AWS endpoint
        message = f"AWS did not answer at {endpoint_url} ({type(error).__name__})"
        raise _all_failed("bedrock", models, message) from None
    except bedrock.NotSignedInError as error:
        raise _all_failed("bedrock", models, str(error)) from None


def _completions(
    context: Context,
    provider: str,
    config: wire.ApiKeyConfig,
    secrets: Mapping[str, str],
    models: Sequence[str],
) -> dict[str, api_key.Completion]:
    base_url = context.upstreams.base_url(provider)
    key = secrets[config.api_key_secret_name]
    if isinstance(config, wire.AzureOpenAiConfig):
        completion = api_key.azure_openai(base_url, key, config.resource_name, config.deployment_id)
        return dict.fromkeys(models, completion)
    request = {"openai": api_key.openai, "anthropic": api_key.anthropic}[provider]
    return {model: request(base_url, key, model) for model in models}


def _all_failed(provider: str, models: Sequence[str], message: str) -> PortError:
    # Without an enabled model, only the error's sentence can contain the message.
    return _failed(provider, dict.fromkeys(models, message), "" if models else f": {message}")


def _failed(provider: str, results: Mapping[str, str | None], why: str = "") -> PortError:
    """`results`: model -> problem, or None."""
    tested = {
        model: {"isValid": message is None, "message": message or "Connection test passed"}
        for model, message in results.items()
    }
    return PortError(
        400,
        "LLMProviderModelTestError",
        f"Connection test failed for provider '{provider}'{why}",
        {"testedModels": tested},
    )
