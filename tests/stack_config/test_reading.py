"""From settings to sections: all of them or none, or what holds."""

from typing import Any

import pytest

from port_byollm.errors import ConfigError
from port_byollm.stack_config import StackConfig, key, parse, salvage, salvage_sign_in

TARGET = {"awsAccountId": "111122223333", "portOrganization": "acme"}
BEDROCK = {"geography": "eu", "models": ["claude-sonnet-4-5-20250929"]}
OWN = {"role": {"name": "own"}}


def test_every_mistake_is_told_with_its_key() -> None:
    settings = {"byollm:bedrock": {**BEDROCK, "geografy": "eu", "role": {"nmae": "x"}}, "byollm:tagz": {}}

    with pytest.raises(ConfigError) as refused:
        parse(settings)

    for mistake in (
        "byollm:bedrock.geografy: unknown configuration key; did you mean geography?",
        "byollm:bedrock.role.nmae: unknown configuration key; did you mean name?",
        "byollm:tagz: unknown configuration key; did you mean tags?",
    ):
        assert mistake in str(refused.value)


def test_keys_ask_of_those_alone() -> None:
    settings = {"byollm:target": TARGET, "byollm:model": "a program's own", "acme:model": "another's"}

    assert parse(settings, "target").made() == []
    with pytest.raises(ConfigError, match="byollm:model: unknown"):
        parse(settings)


@pytest.mark.parametrize(
    ("settings", "what_holds"),
    [
        ({"bedrock": BEDROCK | {"modles": []}}, {"bedrock": BEDROCK}),
        ({"bedrock": BEDROCK | {"guardrail": {"version": "1"}}}, {"bedrock": BEDROCK}),
        ({"bedrock": BEDROCK | {"role": {"name": "own", "nmae": 1}}}, {"bedrock": BEDROCK | OWN}),
        ({"bedrock": BEDROCK | {"models": ["one", 2]}, "tags": {"a": "b"}}, {"tags": {"a": "b"}}),
        ({"bedrock": {"geography": "mars"}, "openai": {}}, {"openai": {}}),
        ({"openai": {"apiKeyEnv": "KEY", "apiKey": "key"}, "bedrok": {}}, {}),
        ({"openai": "[secret]", "target": {**TARGET, "manages": ["bedrok"]}}, {"target": TARGET}),
    ],
    ids=str,
)
def test_what_holds_is_salvaged(settings: dict[str, Any], what_holds: dict[str, Any]) -> None:
    salvaged = salvage({f"byollm:{name}": value for name, value in settings.items()})

    assert salvaged == StackConfig.model_validate(what_holds)


def test_how_it_signs_in_holds_without_the_rest() -> None:
    bedrock = {"models": 1, "auth": "access-keys", "accessKeys": {"userName": "own", "x": 1}, "role": "own"}

    sign_in = salvage_sign_in({"byollm:bedrock": bedrock})

    assert sign_in is not None
    assert (sign_in.auth, sign_in.access_keys.user_name, sign_in.role.name) == ("access-keys", "own", None)
    assert sign_in.identity_key == "byollm:bedrock.accessKeys"
    assert salvage_sign_in({"byollm:openai": {}}) is None


def test_the_stacks_own_is_what_it_manages() -> None:
    sections = {"byollm:bedrock": BEDROCK, "byollm:azure-openai": {"resourceName": "a", "deploymentId": "b"}}
    whole = parse(sections)
    partly = parse({**sections, "byollm:target": {**TARGET, "manages": ["azure-openai", "defaults"]}})

    assert whole.own() == whole
    assert whole.made() == ["bedrock", "azure-openai"]
    assert partly.own().made() == ["azure-openai"]
    assert partly.made() == ["bedrock", "azure-openai"]


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("role_name", "byollm:bedrock.role.name"),
        ("policy_name", "byollm:bedrock.policyName"),
        ("account_id", "byollm:target.awsAccountId"),
        ("byollm:defaults.model", "byollm:defaults.model"),
    ],
)
def test_an_argument_has_its_key(argument: str, expected: str) -> None:
    assert key("bedrock", argument) == expected
