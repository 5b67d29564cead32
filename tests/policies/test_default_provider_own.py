"""The organization's default."""

from .conftest import Judge

DEFAULTS = "port-byollm:index:LlmDefaults"
OWN = {"provider": "bedrock", "model": "claude-sonnet-4-5-20250929", "onRemoval": "restore"}


def test_own_provider_passes(judge: Judge) -> None:
    assert judge(DEFAULTS, OWN, {"providers": ["bedrock"]}) == []


def test_managed_provider_is_found(judge: Judge) -> None:
    assert judge(DEFAULTS, OWN | {"provider": "port"}) == ["provider: is port, which is not accepted"]


def test_provider_that_is_not_listed_is_found(judge: Judge) -> None:
    assert judge(DEFAULTS, OWN | {"provider": "openai"}, {"providers": ["bedrock"]}) == [
        "provider: is openai, which is not accepted"
    ]


def test_provider_that_is_not_named_is_found(judge: Judge) -> None:
    assert judge(DEFAULTS, {"model": "gpt-5"}) == [
        "provider: missing, so the default provider set in Port remains"
    ]


def test_removal_that_leaves_the_managed_provider_is_found(judge: Judge) -> None:
    assert judge(DEFAULTS, OWN | {"onRemoval": "system-default"}) == [
        "onRemoval: is system-default, so a removal sends prompts to Port's managed models"
    ]
