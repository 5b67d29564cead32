import pytest

from port_byollm.client import wire
from port_byollm.client.wire import config_problems, secret_name

ROLE = {"roleArn": "arn:aws:iam::111122223333:role/port-byollm", "region": "eu-west-1"}
KEYS = {"accessKeyIdSecretName": "id", "secretAccessKeySecretName": "key", "region": "eu-west-1"}


@pytest.mark.parametrize(
    ("provider", "config"),
    [
        ("openai", {"apiKeySecretName": "openai-api-key"}),
        ("anthropic", {"apiKeySecretName": "anthropic_api_key"}),
        ("azure-openai", {"apiKeySecretName": "k", "resourceName": "r", "deploymentId": "d"}),
        ("bedrock", ROLE),
        ("bedrock", {**ROLE, "externalIdSecretName": "BEDROCK_ROLE_EXTERNAL_ID", "guardrailVersion": "1"}),
        ("bedrock", KEYS),
        ("vertex-gemini", {"anything": "goes"}),
    ],
)
def test_accepted(provider: str, config: dict[str, str]) -> None:
    assert config_problems(provider, config) == []


@pytest.mark.parametrize(
    ("provider", "config", "key", "problem"),
    [
        ("openai", {}, "apiKeySecretName", "missing"),
        ("openai", {"apiKeySecretName": "has space"}, "apiKeySecretName", "not a secret's name"),
        ("openai", {"apiKeySecretName": "k", "region": "x"}, "region", "fields are apiKeySecretName"),
        ("azure-openai", {"apiKeySecretName": "k", "resourceName": ""}, "resourceName", "empty"),
        ("bedrock", {"region": "eu-west-1"}, "", "neither way"),
        ("bedrock", {**ROLE, **KEYS}, "", "either a role or access keys"),
        ("bedrock", {**ROLE, "region": "eu-west-1\n"}, "region", "not a region"),
        ("bedrock", {**ROLE, "region": "eu-west-\u0661"}, "region", "not a region"),
        ("bedrock", {**ROLE, "region": "us-gov-west-1"}, "region", "not a region"),
        ("bedrock", {**ROLE, "region": 1}, "region", "not text"),
        ("bedrock", {**ROLE, "roleArn": "arn:aws:iam::111122223333:role/a/b"}, "roleArn", "IAM path /a/"),
        (
            "bedrock",
            {**ROLE, "roleArn": "arn:aws-us-gov:iam::111122223333:role/b"},
            "roleArn",
            "partition aws-us-gov",
        ),
        ("bedrock", {**ROLE, "roleArn": "arn:aws:iam::1:role/b"}, "roleArn", "not a role's ARN"),
        ("bedrock", {**ROLE, "roleArn": "arn:aws:iam::111122223333:user/b"}, "roleArn", "not a role's ARN"),
    ],
)
def test_refused_with_key_and_problem(
    provider: str, config: dict[str, object], key: str, problem: str
) -> None:
    found = dict(config_problems(provider, config))
    assert problem in found[key]


def test_problems_never_quote_the_value() -> None:
    found = config_problems("openai", {"apiKeySecretName": "sk-the key itself"})
    assert "sk-the" not in repr(found)


@pytest.mark.parametrize("name", ["", "a" * 101, "a b", "ä", "a\n", "a/b"])
def test_secret_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="1 to 100"):
        secret_name(name)


def test_null_in_an_answered_config_is_nothing() -> None:
    answer = {"provider": "openai", "enabled": True, "config": {"apiKeySecretName": "key", "region": None}}
    assert wire.LlmProvider.model_validate(answer).config == {"apiKeySecretName": "key"}
