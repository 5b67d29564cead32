"""Providers with an API key, as the stack's configuration has them."""

from typing import Any

import pytest

from port_byollm.cli.adopt import api_key
from port_byollm.cli.adopt.finding import CannotAdopt
from port_byollm.cli.stack.stack import SECRET
from port_byollm.client.wire import LlmProvider

OPENAI = {"apiKeySecretName": "the-key"}
AZURE = {**OPENAI, "resourceName": "acme", "deploymentId": "gpt"}
SECRET_TYPE = "port-byollm:index:Secret"


def registered(provider: str, config: dict[str, Any], *, enabled: bool = True, **models: bool) -> LlmProvider:
    switches = {name: {"enabled": on} for name, on in (models or {"gpt-5": True}).items()}
    return LlmProvider.model_validate(
        {"provider": provider, "config": config, "enabled": enabled, "effectiveModels": switches}
    )


@pytest.mark.parametrize(("provider", "config"), [("openai", OPENAI), ("azure-openai", AZURE)])
def test_a_secret_without_a_key_in_the_configuration_stays_somebody_elses(
    provider: str, config: dict[str, Any]
) -> None:
    adoption = api_key.adopt(registered(provider, config), None)

    assert adoption.config == {f"byollm:{provider}": config}
    assert SECRET_TYPE not in [each.type for each in adoption.imports]
    assert "is used as it is" in adoption.remarks[0]


def test_disabled_models_are_named() -> None:
    switches = {"claude-sonnet-4-5-20250929": True, "claude-haiku-4-5-20251001": False}
    adoption = api_key.adopt(registered("anthropic", OPENAI, **switches), None)

    section = adoption.config["byollm:anthropic"]
    assert section["disabledModels"] == ["claude-sonnet-4-20250514", "claude-haiku-4-5-20251001"]


def test_a_secret_with_a_source_in_the_configuration_becomes_the_stacks() -> None:
    source = {"apiKeyEnv": "OPENAI_API_KEY"}
    adoption = api_key.adopt(registered("openai", OPENAI), {**source, "apiKeySecretName": "old"})

    assert adoption.config == {"byollm:openai": {**source, **OPENAI}}
    assert [(each.type, each.id) for each in adoption.imports if each.type == SECRET_TYPE] == [
        (SECRET_TYPE, "the-key")
    ]


def test_a_section_with_a_key_in_it_is_left_as_it_is() -> None:
    adoption = api_key.adopt(registered("openai", OPENAI), SECRET)

    assert adoption.config == {}
    assert "set in it: apiKeySecretName: the-key" in adoption.remarks[0]
    assert SECRET_TYPE in [each.type for each in adoption.imports]


@pytest.mark.parametrize(
    ("provider", "reason"),
    [
        (registered("openai", OPENAI, enabled=False), "disabled"),
        (registered("openai", {**OPENAI, "proxy": "x"}), "proxy"),
        (registered("azure-openai", OPENAI), "deploymentId, resourceName"),
        (registered("openai", OPENAI, **{"gpt-9": True}), "gpt-9"),
    ],
)
def test_what_no_configuration_would_make_is_named(provider: LlmProvider, reason: str) -> None:
    with pytest.raises(CannotAdopt, match=reason):
        api_key.adopt(provider, None)
