"""What is said of a value that cannot be."""

from typing import Any

import pytest

from port_byollm.errors import ConfigError
from port_byollm.stack_config import parse

BEDROCK: dict[str, Any] = {"geography": "eu", "models": "all"}


def said(section: str, value: Any) -> str:
    with pytest.raises(ConfigError) as refused:
        parse({f"byollm:{section}": value})
    return str(refused.value)


@pytest.mark.parametrize(
    ("section", "value", "problem"),
    [
        ("target", {"portOrganization": "acme"}, ".awsAccountId: missing"),
        ("target.awsAccountId", 111122223333, ": is a number; put it in quotes"),
        ("target.awsAccountId", "1111", ": '1111' is not an AWS account ID, which has 12 digits"),
        ("target.portOrganization", "", ": is empty"),
        ("target.manages", ["bedrok"], ".0: is 'bedrok'; use 'bedrock', 'openai', "),
        ("target.manages", "bedrock", ": is text; give a list"),
        ("bedrock", "eu", ": is text; give a section"),
        ("bedrock.models", [], ": an empty list; name at least one model"),
        ("bedrock.models", ["one", 2], ": neither a list of models nor all; write "),
        ("bedrock.models", "claude", ": neither a list of models nor all; write "),
        ("bedrock.auth", "keys", ": is 'keys'; use 'role' or 'access-keys'"),
        ("bedrock.validateConnection", "maybe", ": is maybe; give true or false"),
        ("bedrock.validationTimeout", "fast", ": is fast; give a number"),
        ("bedrock.validationTimeout", -1, ": is -1; give 0 or more"),
        ("bedrock.validationTimeout", {}, ": is a section; give a number"),
        (
            "bedrock.role",
            {"maxSessionDuration": 3600.5},
            ".maxSessionDuration: is 3600.5; give a whole number",
        ),
        (
            "bedrock.externalId",
            {"previousUntil": "soon"},
            ".previousUntil: is soon; give a date such as 2026-",
        ),
        ("bedrock.role", {"name": ["one"]}, ".name: is a list; give text"),
        ("tags", ["team"], ": is a list; give a section"),
        ("tags", {"cost": 12}, ".cost: is a number; put it in quotes"),
    ],
    ids=str,
)
def test_names_the_key_the_value_and_the_way_out(section: str, value: Any, problem: str) -> None:
    name, _, key = section.partition(".")
    whole = {"target": {"awsAccountId": "111122223333", "portOrganization": "acme"}, "bedrock": BEDROCK}

    assert f"byollm:{section}{problem}" in said(name, {**whole[name], key: value} if key else value)


@pytest.mark.parametrize("openai", ["sk-canary", ["sk-canary"], {"apiKey": ["sk-canary"]}])
def test_never_repeats_what_may_be_a_secret(openai: Any) -> None:
    assert "sk-canary" not in said("openai", openai)
