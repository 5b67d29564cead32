"""What Port tests before it saves a registration: "Connection validation" of Setup & Configuration.

One file per way to connect; a test answers for each model whether it may be used, in the vendor's words.
"""

from collections.abc import Mapping, Sequence

from starlette.concurrency import run_in_threadpool

from port_byollm_sandbox.port_emulator import wire
from port_byollm_sandbox.port_emulator.context import Context
from port_byollm_sandbox.port_emulator.errors import PortError
from port_byollm_sandbox.port_emulator.organizations import Organization
from port_byollm_sandbox.port_emulator.validation import bedrock_role


async def test_connection(
    context: Context,
    organization: Organization,
    provider: str,
    config: wire.ProviderConfig,
    models: Sequence[str],
) -> None:
    """Test each of `models`.

    Raises PortError 400 `LLMProviderModelTestError` with `details.testedModels` where a test fails, and 501
    `connection_test_unsupported` for a connection that this emulator has no test for.
    """
    secrets = {}
    for name in _secret_names(config):
        value = context.store.secret_value(organization.id, name)
        if value is None:
            raise _all_failed(provider, models, f"Secret '{name}' does not exist in Port")
        secrets[name] = value
    match config:
        case wire.NoConfig():
            return
        case wire.BedrockRoleConfig():
            connection = bedrock_role.Connection(
                role_arn=config.role_arn,
                region=config.region,
                external_id=secrets.get(config.external_id_secret_name or ""),
                external_id_secret_name=config.external_id_secret_name,
                guardrail=bedrock_role.Guardrail.parse(config),
                port_region=organization.port_region,
                profiles=context.store.settings().inference_profiles,
            )
            try:
                results = await run_in_threadpool(
                    bedrock_role.test, connection, models, context.aws_endpoint_url
                )
            except bedrock_role.RoleNotAssumedError as error:
                raise _all_failed(provider, models, str(error)) from None
            if any(message is not None for message in results.values()):
                raise _failed(provider, results)
        case _:
            raise PortError(
                501,
                "connection_test_unsupported",
                f"The secrets of provider '{provider}' exist, but this emulator cannot test such a"
                " connection; register it with validate_connection=false",
            )


def _secret_names(config: wire.ProviderConfig) -> list[str]:
    return [
        value
        for field, value in config.model_dump(exclude_none=True).items()
        if field.endswith("_secret_name")
    ]


def _all_failed(provider: str, models: Sequence[str], message: str) -> PortError:
    # With no model enabled there is no place for the message but the sentence itself.
    return _failed(provider, dict.fromkeys(models, message), "" if models else f": {message}")


def _failed(provider: str, results: Mapping[str, str | None], why: str = "") -> PortError:
    """`results`: model -> what went wrong, or None."""
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
