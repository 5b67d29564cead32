import json
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc

from port_byollm import Auth, BedrockConnection, BedrockConnectionArgs, Scope

from .conftest import ACCOUNT, Run, refusal

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
        (
            BedrockConnectionArgs(geography="eu", models=[SONNET], external_id_previous_until="soon"),
            "external_id_previous_until",
            "2026-12-31",
        ),
    ],
)
def test_refuses_before_anything_is_registered(
    run: Run, args: BedrockConnectionArgs, field: str, way_out: str
) -> None:
    refused = refusal(run, lambda: BedrockConnection("bedrock", args))
    assert refused.field == field
    assert way_out in str(refused)


def test_by_access_keys_registers_the_secrets_of_a_user_with_the_same_policy(run: Run) -> None:
    args = BedrockConnectionArgs(geography="eu", models=[SONNET], auth=Auth.ACCESS_KEYS)
    registered = run(lambda: BedrockConnection("bedrock", args))
    [provider] = registered.of(PROVIDER)
    assert provider["config"] == {
        "accessKeyIdSecretName": "aws-bedrock-access-key-id",
        "secretAccessKeySecretName": "aws-bedrock-secret-access-key",
        "region": "eu-west-1",
    }
    assert registered.secrets().keys() == {"aws-bedrock-access-key-id", "aws-bedrock-secret-access-key"}
    assert registered.of("aws:iam/role:Role") == registered.of("port-byollm:index:ExternalId") == []
    [policy] = registered.of(POLICY)
    assert policy["name"] == "port-byollm-test-invoke"


@pytest.mark.parametrize("auth", list(Auth))
def test_attaches_further_policies_to_whoever_it_is(run: Run, auth: Auth) -> None:
    further = "arn:aws:iam::123456789012:policy/marketplace"
    args = BedrockConnectionArgs(geography="eu", models=[SONNET], auth=auth, additional_policy_arns=[further])
    registered = run(lambda: BedrockConnection("bedrock", args))
    attached = [
        resource.inputs["policyArn"]
        for resource in registered.resources
        if resource.typ.endswith("PolicyAttachment")
    ]
    assert sorted(attached) == [further, "arn:aws:iam::123456789012:policy/port-byollm-test-invoke"]


def test_tells_the_registration_what_it_rests_on(run: Run) -> None:
    def triggers(args: BedrockConnectionArgs) -> dict[str, Any]:
        [provider] = run(lambda: BedrockConnection("bedrock", args)).of(PROVIDER)
        plain: dict[str, Any] = {key: _unwrapped(value) for key, value in provider["triggers"].items()}
        return plain

    args = BedrockConnectionArgs(geography="eu", models=[SONNET])
    before = triggers(args)
    assert before["role"] == "AROATEST"
    assert before["externalId"] == "2026-11-01T00:00:00.000Z"
    assert triggers(args) == before
    assert _changed(before, triggers({**args, "port_region": "us"})) == {"trust"}
    assert _changed(before, triggers({**args, "scope": Scope.DOCUMENTED})) == {"policies"}


def _unwrapped(value: Any) -> Any:
    return rpc.unwrap_rpc_secret(value) if rpc.is_rpc_secret(value) else value


def _changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


@pytest.mark.parametrize(
    ("until", "previous", "warned"),
    [
        ("2026-01-31", ("the-old-one",), True),
        ("2026-01-31", (), False),
        ("9999-12-31", ("the-old-one",), False),
    ],
)
def test_warns_of_a_previous_external_id_past_its_last_day(
    run: Run, monkeypatch: pytest.MonkeyPatch, until: str, previous: tuple[str, ...], warned: bool
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, **_: warnings.append(text))
    args = BedrockConnectionArgs(geography="eu", models=[SONNET], external_id_previous_until=until)
    run(lambda: BedrockConnection("bedrock", args), previous=previous)
    assert [until in text for text in warnings] == [True] * warned
    assert "the-old-one" not in str(warnings)
