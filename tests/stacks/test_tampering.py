"""Somebody changes AWS or Port behind Pulumi's back."""

import copy
import json
from typing import Any

from .conftest import Local

SONNET, HAIKU = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"
ROLE = "port-byollm-local"


def _trust(local: Local) -> dict[str, Any]:
    document: dict[str, Any] = local.iam().get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    return document


def _set_trust(local: Local, document: dict[str, Any]) -> None:
    local.iam().update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(document))


def _registered(local: Local) -> dict[str, Any]:
    with local.port() as port:
        provider: dict[str, Any] = port.get("/v1/llm-providers/bedrock").json()["result"]
        return provider


def test_a_gateway_that_is_no_longer_trusted_fails_the_update_and_keeps_the_registration(
    local: Local,
) -> None:
    local.up()
    before = _registered(local)
    trust = _trust(local)
    tampered = copy.deepcopy(trust)
    principals = tampered["Statement"][0]["Principal"]["AWS"]
    tampered["Statement"][0]["Principal"]["AWS"] = [arn for arn in principals if "eu-west-1" not in arn]
    _set_trust(local, tampered)
    local.configure(bedrock={"disabledModels": [HAIKU], "validationTimeout": 1})

    failed = local.up(check=False)

    assert failed.returncode != 0
    message = failed.stdout + failed.stderr
    assert SONNET in message
    assert "trust policy" in message
    assert _registered(local) == before

    _set_trust(local, trust)
    local.up()
    assert _registered(local)["effectiveModels"][HAIKU] == {"enabled": False}


def test_models_that_the_policy_no_longer_grants_are_each_named(local: Local) -> None:
    local.configure(bedrock={"disabledModels": [HAIKU], "validationTimeout": 1})
    local.up()
    before = _registered(local)
    [arn] = local.outputs()["policyArns"]
    iam = local.iam()
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = json.dumps(
        iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    )
    iam.create_policy_version(
        PolicyArn=arn,
        PolicyDocument=document.replace("anthropic.claude", "anthropic.other"),
        SetAsDefault=True,
    )
    local.configure(bedrock={"disabledModels": [], "validationTimeout": 1})

    failed = local.up(check=False)

    assert failed.returncode != 0
    message = failed.stdout + failed.stderr
    assert SONNET in message
    assert HAIKU in message
    assert _registered(local) == before

    iam.set_default_policy_version(PolicyArn=arn, VersionId=version)
    local.up()
    assert _registered(local)["effectiveModels"][HAIKU] == {"enabled": True}


def test_refresh_finds_a_provider_that_was_changed_and_up_puts_it_right(local: Local) -> None:
    local.up()
    before = _registered(local)
    with local.port() as port:
        body = {"config": before["config"], "overrides": before["effectiveModels"], "enabled": False}
        body["overrides"] = {"models": before["effectiveModels"]}
        port.put("/v1/llm-providers/bedrock", json=body).raise_for_status()

    refreshed = local.pulumi("refresh", "--yes", "--skip-preview")

    assert "1 updated" in refreshed.stdout
    local.up()
    assert _registered(local)["enabled"] is True


def test_refresh_finds_a_provider_that_was_deleted_and_up_makes_it_again(local: Local) -> None:
    local.up()
    with local.port() as port:
        port.delete("/v1/llm-providers/bedrock").raise_for_status()

    refreshed = local.pulumi("refresh", "--yes", "--skip-preview")

    assert "1 deleted" in refreshed.stdout
    local.up()
    assert _registered(local)["enabled"] is True
