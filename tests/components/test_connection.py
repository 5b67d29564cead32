import json

import pytest

from port_byollm import BedrockConnection, BedrockConnectionArgs, Scope
from port_byollm.errors import ConfigError

from .conftest import ACCOUNT, Run

SONNET, HAIKU = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"
PROVIDER = "port-byollm:index:LlmProvider"
POLICY = "aws:iam/policy:Policy"


def test_registers_the_role_with_the_secret_and_says_of_every_model_whether_it_is_enabled(run: Run) -> None:
    args = BedrockConnectionArgs(geography="eu", models=[SONNET, HAIKU], disabled_models=[HAIKU])
    registered = run(lambda: BedrockConnection("bedrock", args))
    [provider] = registered.of(PROVIDER)
    assert provider["provider"] == "bedrock"
    assert provider["config"] == {
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/port-byollm-test",
        "externalIdSecretName": "BEDROCK_ROLE_EXTERNAL_ID",
        "region": "eu-west-1",
    }
    assert provider["models"] == {"claude-sonnet-4-20250514": False, HAIKU: False, SONNET: True}
    assert provider["validateConnection"] is True
    [secret] = registered.of("port-byollm:index:Secret")
    assert secret["secretName"] == "BEDROCK_ROLE_EXTERNAL_ID"


def test_pins_the_policy_to_the_callers_account_by_default(run: Run) -> None:
    registered = run(
        lambda: BedrockConnection("bedrock", BedrockConnectionArgs(geography="eu", models=[SONNET]))
    )
    [document] = registered.documents(POLICY, "policy")
    profile = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:inference-profile/eu.anthropic.{SONNET}-v1:0"
    assert profile in json.dumps(document)
    assert '"*"' not in json.dumps(document)


def test_documented_scope_with_all_models_grants_the_wildcards_and_offers_what_can_be_invoked(
    run: Run,
) -> None:
    args = BedrockConnectionArgs(geography="eu", all_models=True, scope=Scope.DOCUMENTED)
    registered = run(lambda: BedrockConnection("bedrock", args))
    [document] = registered.documents(POLICY, "policy")
    assert document["Statement"][0]["Resource"] == [
        "arn:aws:bedrock:*:*:inference-profile/*",
        "arn:aws:bedrock:*::foundation-model/*",
    ]
    [provider] = registered.of(PROVIDER)
    assert provider["models"] == {"claude-sonnet-4-20250514": False, HAIKU: True, SONNET: True}


def test_names_the_guardrail_to_port_and_enforces_it_in_the_policy(run: Run) -> None:
    arn = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:guardrail/gr7ac3dm1n0x"
    args = BedrockConnectionArgs(geography="eu", models=[SONNET], guardrail_arn=arn, guardrail_version="1")
    registered = run(lambda: BedrockConnection("bedrock", args))
    [provider] = registered.of(PROVIDER)
    assert provider["config"]["guardrailIdentifier"] == arn
    assert provider["config"]["guardrailVersion"] == "1"
    [document] = registered.documents(POLICY, "policy")
    assert f"{arn}:1" in json.dumps(document)


def test_children_have_the_connection_above_them(run: Run) -> None:
    registered = run(
        lambda: BedrockConnection("bedrock", BedrockConnectionArgs(geography="eu", models=[SONNET]))
    )
    types = {resource.typ for resource in registered.resources}
    assert {
        "port-byollm:index:BedrockInvokePolicy",
        "port-byollm:index:GatewayRole",
        "aws:iam/role:Role",
    } <= types


@pytest.mark.parametrize(
    ("args", "field", "way_out"),
    [
        (BedrockConnectionArgs(geography="eu"), "models", "one of the two"),
        (BedrockConnectionArgs(geography="eu", models=[SONNET], all_models=True), "models", "one of the two"),
        (BedrockConnectionArgs(geography="mars", models=[SONNET]), "geography", "eu"),
        (BedrockConnectionArgs(geography="apac", models=[SONNET]), "geography", "global"),
        (BedrockConnectionArgs(geography="eu", models=["claude-sonnet-4-20250514"]), "models", SONNET),
        (BedrockConnectionArgs(geography="eu", models=["claude-sonet-4-5"]), "models", SONNET),
        (
            BedrockConnectionArgs(geography="eu", models=[SONNET], disabled_models=[HAIKU]),
            "disabled_models",
            SONNET,
        ),
        (BedrockConnectionArgs(geography="us", models=[SONNET], region="eu-west-1"), "region", "us-east-1"),
    ],
)
def test_refuses_before_anything_is_registered(
    run: Run, args: BedrockConnectionArgs, field: str, way_out: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        run(lambda: BedrockConnection("bedrock", args))
    assert refused.value.field == field
    assert way_out in str(refused.value)
