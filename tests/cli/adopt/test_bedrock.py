"""Bedrock by role: which configuration makes what is there, and what none makes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.cli.adopt import bedrock
from port_byollm.cli.adopt.finding import CannotAdopt
from port_byollm.cli.adopt.role import AttachedPolicy, Role
from port_byollm.cli.stack.stack import secret
from port_byollm.client.wire import LlmProvider
from port_byollm.iam.documents import PolicyDocument
from port_byollm.iam.invoke_policy import Guardrail, documented, pinned
from port_byollm.iam.trust_policy import gateway_trust

ACCOUNT, REGION = "111122223333", "eu-west-1"
ARN = f"arn:aws:iam::{ACCOUNT}:role/by-hand"
SONNET, HAIKU, OLD_SONNET = (
    "claude-sonnet-4-5-20250929",
    "claude-haiku-4-5-20251001",
    "claude-sonnet-4-20250514",
)
GUARDRAIL = Guardrail(f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/abc", "1")
CONFIG = {"roleArn": ARN, "externalIdSecretName": "EXTERNAL_ID", "region": REGION}
PRINCIPALS = list(GATEWAY_PRINCIPALS.values())


def registered(*enabled: str, **config: Any) -> LlmProvider:
    switches = {name: {"enabled": name in enabled} for name in ("gpt-5", OLD_SONNET, HAIKU, SONNET)}
    whole = {key: value for key, value in {**CONFIG, **config}.items() if value is not None}
    return LlmProvider.model_validate(
        {"provider": "bedrock", "config": whole, "enabled": True, "effectiveModels": switches}
    )


def role(*documents: PolicyDocument, policy_name: str = "by-hand-invoke") -> Role:
    names = [policy_name, *(f"{policy_name}-{number}" for number in range(2, len(documents) + 1))]
    policies = [
        AttachedPolicy(f"arn:aws:iam::{ACCOUNT}:policy/{name}", name, "/", document.to_dict(), {})
        for name, document in zip(names, documents, strict=True)
    ]
    trust = gateway_trust(PRINCIPALS, ["canary"]).to_dict()
    made = datetime(2026, 11, 1, 12, 30, tzinfo=UTC)
    return Role(ARN, "by-hand", "AROA1", made, "", trust, 3600, None, {}, policies, [])


def hand_made(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"Version": "2012-10-17", "Statement": statement}


def section(found: LlmProvider, present: Role, geography: str | None = None) -> dict[str, Any]:
    return dict(bedrock.adopt(found, present, geography).config["byollm:bedrock"])


@pytest.mark.parametrize("scope", ["documented", "pinned"])
@pytest.mark.parametrize("guardrail", [None, GUARDRAIL], ids=["", "guardrail"])
@pytest.mark.parametrize("models", [[SONNET, HAIKU], "all"], ids=["models", "all"])
@pytest.mark.parametrize("geography", ["eu", "global"])
def test_finds_the_configuration_that_makes_the_policies(
    scope: str, guardrail: Guardrail | None, models: Any, geography: str
) -> None:
    made = (
        documented(models, geography, bool(guardrail))
        if scope == "documented"
        else pinned(models, geography, REGION, ACCOUNT, guardrail)
    )
    config = {"guardrailIdentifier": guardrail.arn, "guardrailVersion": "1"} if guardrail else {}

    found = section(registered(SONNET, HAIKU, **config), role(*made))

    if (scope, models) == ("documented", "all"):
        geography = "eu"  # the region's, as that policy names none
    assert (found["scope"], found["geography"], found["models"]) == (scope, geography, models)
    assert found.get("guardrail") == (guardrail and {"arn": guardrail.arn, "version": "1"})
    assert found["role"] == {"name": "by-hand"}
    assert found["externalId"] == {"rotation": "1", "secretName": "EXTERNAL_ID"}


def test_order_and_lone_values_are_nothing_to_iam() -> None:
    [document] = documented([SONNET], "eu", guardrail=False)
    [statement] = document.to_dict()["Statement"]
    shuffled = hand_made({**statement, "Resource": statement["Resource"][::-1]})
    present = role(document)
    present = replace(present, policies=[replace(present.policies[0], document=shuffled)])

    assert section(registered(SONNET), present)["models"] == [SONNET]


def test_what_is_not_as_by_default_is_said() -> None:
    present = replace(
        role(*documented([SONNET, HAIKU], "eu", guardrail=False), policy_name="PortBedrock"),
        max_session_duration=7200,
        permissions_boundary=f"arn:aws:iam::{ACCOUNT}:policy/boundary",
    )

    found = section(registered(SONNET), present)

    assert found["policyName"] == "PortBedrock"
    assert found["disabledModels"] == [HAIKU]
    assert found["role"] == {
        "name": "by-hand",
        "maxSessionDuration": 7200,
        "permissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/boundary",
    }


def test_a_model_past_its_end_of_life_is_allowed_where_port_offers_it() -> None:
    present = role(*documented("all", "eu", guardrail=False))

    assert section(registered(OLD_SONNET, SONNET, HAIKU), present)["allowEndOfLife"] is True
    assert "allowEndOfLife" not in section(registered(SONNET, HAIKU), present)


def test_tags_and_region_are_part_of_the_configuration() -> None:
    tags = {"team": "platform"}
    present = role(*documented([SONNET], "eu", guardrail=False))
    present = replace(present, tags=tags, policies=[replace(present.policies[0], tags=tags)])

    config = bedrock.adopt(registered(SONNET), present, None).config

    assert (config["byollm:tags"], config["aws:region"]) == (tags, REGION)


def test_split_policies_are_all_imported() -> None:
    models = [f"vendor.model-{number}-with-a-rather-long-identifier-v1:0" for number in range(40)]
    made = documented(models, "eu", guardrail=False)
    assert len(made) > 1

    imports = bedrock.adopt(registered(), role(*made), None).imports

    policies = [(each.name, each.id) for each in imports if each.type == "aws:iam/policy:Policy"]
    assert policies[1] == ("bedrock-2", f"arn:aws:iam::{ACCOUNT}:policy/by-hand-invoke-2")
    attached = [each.id for each in imports if each.type.endswith(":RolePolicyAttachment")]
    assert attached == [f"by-hand/{arn}" for _, arn in policies]


@pytest.mark.parametrize(
    ("scope", "residency", "reason"),
    [
        ("pinned", "eu", "admits Port's gateway outside eu"),
        ("documented", "us", "admits Port's gateway outside us"),
        ("documented", "jp", "permit any region"),
        ("pinned", "jp", None),
        ("documented", None, None),
    ],
)
def test_what_leaves_the_residency_is_left_out_with_the_reason(
    scope: str, residency: str | None, reason: str | None
) -> None:
    geography = residency or "eu"
    region = {"us": "us-east-1", "jp": "ap-northeast-1"}.get(geography, REGION)
    made = (
        documented([SONNET], geography, guardrail=False)
        if scope == "documented"
        else pinned([SONNET], geography, region, ACCOUNT, None)
    )
    found = registered(SONNET, region=region)
    if reason is None:
        assert bedrock.adopt(found, role(*made), residency).remarks == ()
        return

    with pytest.raises(CannotAdopt, match=reason):
        bedrock.adopt(found, role(*made), residency)


def test_a_role_that_admits_the_gateway_within_the_residency_alone_is_the_stacks() -> None:
    trust = gateway_trust([GATEWAY_PRINCIPALS["eu"]], ["canary"]).to_dict()
    present = replace(role(*pinned([SONNET], "eu", REGION, ACCOUNT, None)), trust=trust)

    assert section(registered(SONNET), present, "eu")["scope"] == "pinned"


def test_the_external_id_is_never_told() -> None:
    adoption = bedrock.adopt(registered(SONNET), role(*documented([SONNET], "eu", guardrail=False)), None)

    assert "canary" not in repr(adoption)
    [external_id] = [each for each in adoption.imports if each.type.endswith(":ExternalId")]
    assert external_id.id == ARN


def test_the_state_of_a_role_has_its_trust_policy_as_a_secret() -> None:
    present = replace(role(*documented([SONNET], "eu", guardrail=False)), tags={"team": "a"})

    state = present.state()

    assert state.instead_of_import
    assert json.loads(json.loads(state.inputs["assumeRolePolicy"]["plaintext"])) == present.trust
    assert (
        state.inputs["assumeRolePolicy"]
        == state.outputs["assumeRolePolicy"]
        == secret(json.dumps(present.trust))
    )
    assert "canary" not in repr([value for key, value in state.outputs.items() if key != "assumeRolePolicy"])
    assert state.inputs.keys() == {"assumeRolePolicy", "maxSessionDuration", "name", "tags"}
    assert (state.outputs["createDate"], state.outputs["permissionsBoundary"]) == ("2026-11-01T12:30:00Z", "")


def trusting(*external_ids: str, principals: Sequence[str] = PRINCIPALS) -> Mapping[str, Any]:
    return gateway_trust(principals, external_ids).to_dict()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"inline_policies": ["mine"]}, "inline policies"),
        ({"policies": []}, "no managed policy"),
        ({"tags": {"aws:cloudformation:stack-name": "theirs"}}, "CloudFormation stack theirs"),
        ({"tags": {"team": "a"}}, "other tags"),
        ({"trust": trusting()}, "accepts no external IDs"),
        ({"trust": trusting("canary-1", "canary-2")}, "accepts 2 external IDs"),
        ({"trust": trusting("canary", principals=PRINCIPALS[:1])}, "not that of Port's setup page"),
    ],
)
def test_a_role_that_no_configuration_makes_is_left_out_with_the_reason(
    change: dict[str, Any], reason: str
) -> None:
    present = replace(role(*documented([SONNET], "eu", guardrail=False)), **change)

    with pytest.raises(CannotAdopt, match=reason) as raised:
        bedrock.adopt(registered(SONNET), present, None)
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"arn": "arn:aws:iam::aws:policy/AmazonBedrockFullAccess"}, "creates no policy like"),
        ({"path": "/team/"}, "creates no policy like"),
        ({"document": hand_made({"Effect": "Allow", "Action": "bedrock:*", "Resource": "*"})}, "name no"),
        ({"document": documented([SONNET], "eu", guardrail=True)[0].to_dict()}, "are neither those"),
    ],
)
def test_a_policy_that_no_configuration_makes_is_left_out_with_the_reason(
    change: dict[str, Any], reason: str
) -> None:
    present = role(*documented([SONNET], "eu", guardrail=False))
    present = replace(present, policies=[replace(present.policies[0], **change)])

    with pytest.raises(CannotAdopt, match=reason):
        bedrock.adopt(registered(SONNET), present, None)


def test_another_policy_beside_the_models_is_left_out_with_the_reason() -> None:
    present = role(*documented([SONNET], "eu", guardrail=False))
    present = replace(present, policies=[*present.policies, replace(present.policies[0], name="logging")])

    with pytest.raises(CannotAdopt, match="by-hand-invoke, logging"):
        bedrock.adopt(registered(SONNET), present, None)


def test_a_model_that_is_offered_and_not_permitted_is_named() -> None:
    with pytest.raises(CannotAdopt, match=f"offers {HAIKU}, which"):
        bedrock.adopt(registered(SONNET, HAIKU), role(*documented([SONNET], "eu", guardrail=False)), None)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (registered(roleArn=None, accessKeyIdSecretName="a", secretAccessKeySecretName="b"), "access key"),
        (registered(externalIdSecretName=None), "no externalIdSecretName"),
        (registered(region=None), "no region"),
        (registered(endpoint="x"), "endpoint"),
    ],
)
def test_a_registration_that_no_configuration_makes_is_left_out_with_the_reason(
    found: LlmProvider, reason: str
) -> None:
    with pytest.raises(CannotAdopt, match=reason):
        bedrock.role_arn(found)


def test_the_role_of_a_registration_is_that_which_it_names() -> None:
    assert bedrock.role_arn(registered(SONNET)) == ARN
