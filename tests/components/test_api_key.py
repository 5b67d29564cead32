"""The connections with an API key: what they share, by way of OpenAI's, and what each has of its own."""

import pulumi
import pytest

from port_byollm import (
    AnthropicConnection,
    ApiKeyConnectionArgs,
    AzureOpenAiConnection,
    AzureOpenAiConnectionArgs,
    OpenAiConnection,
)

from .conftest import Run, refusal

PROVIDER = "port-byollm:index:LlmProvider"
GET_SECRET = "aws:secretsmanager/getSecretVersion:getSecretVersion"


def test_registers_openai_with_the_key_in_a_secret(run: Run) -> None:
    registered = run(lambda: OpenAiConnection("openai", ApiKeyConnectionArgs(api_key="sk-test")))
    assert registered.secrets() == {"openai-api-key": "sk-test"}
    [provider] = registered.of(PROVIDER)
    assert provider["provider"] == "openai"
    assert provider["config"] == {"apiKeySecretName": "openai-api-key"}
    assert provider["models"] == {"gpt-5": True}
    assert provider["validateConnection"] is True


def test_says_of_every_model_of_anthropic_whether_it_is_enabled(run: Run) -> None:
    args = ApiKeyConnectionArgs(api_key="sk-ant-test", disabled_models=["claude-sonnet-4-20250514"])
    registered = run(lambda: AnthropicConnection("anthropic", args))
    [provider] = registered.of(PROVIDER)
    assert provider["config"] == {"apiKeySecretName": "anthropic-api-key"}
    assert provider["models"] == {
        "claude-sonnet-4-20250514": False,
        "claude-haiku-4-5-20251001": True,
        "claude-sonnet-4-5-20250929": True,
    }


def test_names_the_deployment_of_azure_openai(run: Run) -> None:
    args = AzureOpenAiConnectionArgs(resource_name="acme", deployment_id="gpt-5-eu", api_key="key")
    registered = run(lambda: AzureOpenAiConnection("azure", args))
    [provider] = registered.of(PROVIDER)
    assert provider["provider"] == "azure-openai"
    assert provider["config"] == {
        "apiKeySecretName": "azure-openai-api-key",
        "resourceName": "acme",
        "deploymentId": "gpt-5-eu",
    }


def test_takes_the_key_from_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_KEY", "sk-environment")
    registered = run(lambda: OpenAiConnection("openai", ApiKeyConnectionArgs(api_key_env="ACME_KEY")))
    assert registered.secrets() == {"openai-api-key": "sk-environment"}


def test_takes_the_key_from_aws_secrets_manager(run: Run) -> None:
    args = ApiKeyConnectionArgs(
        api_key_aws_secret_id="port/openai", api_key_aws_secret_version_stage="AWSPENDING"
    )
    registered = run(lambda: OpenAiConnection("openai", args))
    assert registered.secrets() == {"openai-api-key": "from-secrets-manager"}
    [asked] = [call.args for call in registered.calls if call.token == GET_SECRET]
    assert asked == {"secretId": "port/openai", "versionStage": "AWSPENDING"}


def test_a_secret_of_secrets_manager_that_holds_no_text_is_named(run: Run) -> None:
    args = ApiKeyConnectionArgs(api_key_aws_secret_id="empty")
    # What people see without a traceback.
    with pytest.raises(pulumi.RunError, match=r"^api_key_aws_secret_id: .*AWSCURRENT of empty .* no text"):
        run(lambda: OpenAiConnection("openai", args))


def test_without_a_key_names_the_secret_that_is_in_port(run: Run) -> None:
    registered = run(lambda: OpenAiConnection("openai", ApiKeyConnectionArgs(api_key_secret_name="shared")))
    assert registered.secrets() == {}
    [provider] = registered.of(PROVIDER)
    assert provider["config"] == {"apiKeySecretName": "shared"}


@pytest.mark.parametrize(
    ("args", "field", "says"),
    [
        (ApiKeyConnectionArgs(api_key_env="NOT_SET_ANYWHERE"), "api_key_env", "NOT_SET_ANYWHERE"),
        (ApiKeyConnectionArgs(api_key="sk-a", api_key_env="HOME"), "api_key_env", "api_key already"),
        (ApiKeyConnectionArgs(disabled_models=["gpt-4"]), "disabled_models", "gpt-5"),
    ],
)
def test_refuses_what_cannot_be_without_telling_the_key(
    run: Run, args: ApiKeyConnectionArgs, field: str, says: str
) -> None:
    refused = refusal(run, lambda: OpenAiConnection("openai", args))
    assert refused.field == field
    assert says in str(refused)
    assert "sk-a" not in str(refused)
