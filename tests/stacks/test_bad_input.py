"""What cannot work fails at preview, with the key and the way out, and nothing has happened by then."""

from typing import Any

import pytest

from .conftest import Local

SONNET, HAIKU = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        ({"bedrock": {"models": ["claude-sonet-4-5"]}}, ["models", "claude-sonet-4-5", SONNET]),
        ({"bedrock": {"models": ["claude-sonnet-4-20250514"]}}, ["end of life", "2026-10-14", SONNET]),
        ({"bedrock": {"geography": "apac"}}, ["geography", SONNET, "global"]),
        ({"bedrock": {"geography": "us"}}, ["region", "eu-west-1", "us-east-1"]),
        ({"bedrock": {"role": {"name": "team/port"}}}, ["byollm:bedrock.role.name:", "team/port", "no path"]),
        (
            {"bedrock": {"role": {"maxSessionDuration": 60}}},
            ["byollm:bedrock.role.maxSessionDuration:", "60", "3600 to 43200"],
        ),
        ({"bedrock": {"guardrail": {"arn": "gr-1"}}}, ["byollm:bedrock.guardrail.arn:", "gr-1"]),
        (
            {"bedrock": {"guardrail": {"arn": "arn:aws:bedrock:eu-west-1:999999999999:guardrail/abc"}}},
            ["byollm:bedrock.guardrail.arn:", "999999999999", "111122223333"],
        ),
        (
            {"openai": {"apiKeyAwsSecret": {"id": "port/nothing"}}},
            ["byollm:openai.apiKeyAwsSecret.id:", "port/nothing", "name another"],
        ),
        (
            {"anthropic": {"apiKeyEnv": "NOT_SET_ANYWHERE"}},
            ["byollm:anthropic.apiKeyEnv:", "NOT_SET_ANYWHERE"],
        ),
        ({"bedrock": {"externalId": {"secretName": "not a name"}}}, ["secretName", "not a name"]),
        ({"bedrock": {"modles": [SONNET]}}, ["byollm:bedrock", "modles", "unknown configuration key"]),
        ({"bedrok": {"models": [SONNET]}}, ["byollm:bedrok", "unknown configuration key", "bedrock"]),
        ({"defaults": {"model": "gpt-5"}}, ["model", "gpt-5", HAIKU]),
        ({"bedrock": {"disabledModels": [SONNET]}}, ["model", SONNET, HAIKU]),
    ],
    ids=lambda value: None if isinstance(value, list) else str(value),
)
def test_preview_refuses(local: Local, sections: dict[str, Any], says: list[str]) -> None:
    local.configure(**sections)

    refused = local.pulumi("preview", check=False)

    assert refused.returncode != 0
    message = refused.stdout + refused.stderr
    assert [word for word in says if word not in message] == []
    assert "Traceback" not in message
    assert local.requests() == []


def test_preview_warns_of_a_model_that_is_only_unknown_to_us(local: Local) -> None:
    local.configure(bedrock={"models": [SONNET, "anthropic.claude-next-v1:0"]})

    previewed = local.pulumi("preview")

    assert "anthropic.claude-next-v1:0 is not in the catalog" in previewed.stdout + previewed.stderr


def test_a_misspelt_namespace_takes_nothing_away(local: Local) -> None:
    text = local.config_file.read_text()
    local.config_file.write_text(text.replace("byollm:defaults", "byolm:defaults"))

    refused = local.pulumi("preview", check=False)

    assert refused.returncode != 0
    assert "byolm:defaults: unknown configuration key" in refused.stdout + refused.stderr
