"""Connection tests of Bedrock by role, decided over documents in moto's IAM."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam.invoke_policy import Guardrail, documented, pinned
from port_byollm.iam.trust_policy import gateway_trust
from port_byollm_sandbox.aws.server import AwsServer

from .bedrock import ACCOUNT, EXTERNAL_ID, HAIKU, REGION, SONNET, denial, overrides, policies, without

ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/port-byollm"
GUARDRAIL = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/abc123"


@pytest.fixture
def aws_endpoint_url(aws: AwsServer) -> str:
    return aws.endpoint_url


def trust(*external_ids: str) -> dict[str, Any]:
    return gateway_trust(list(GATEWAY_PRINCIPALS.values()), external_ids).to_dict()


def create_role(
    iam: Any,
    trust: Mapping[str, Any],
    attached: list[dict[str, Any]],
    *,
    inline: Mapping[str, Any] | None = None,
    boundary: Mapping[str, Any] | None = None,
    path: str = "/",
) -> None:
    arguments = {}
    if boundary is not None:
        created = iam.create_policy(PolicyName="boundary", PolicyDocument=json.dumps(boundary))
        arguments["PermissionsBoundary"] = created["Policy"]["Arn"]
    iam.create_role(
        RoleName="port-byollm", Path=path, AssumeRolePolicyDocument=json.dumps(trust), **arguments
    )
    for number, document in enumerate(attached):
        created = iam.create_policy(PolicyName=f"policy-{number}", PolicyDocument=json.dumps(document))
        iam.attach_role_policy(RoleName="port-byollm", PolicyArn=created["Policy"]["Arn"])
    if inline is not None:
        iam.put_role_policy(RoleName="port-byollm", PolicyName="inline", PolicyDocument=json.dumps(inline))


async def register(
    admin: httpx.AsyncClient, *models: str, role_arn: str = ROLE_ARN, **config: str
) -> httpx.Response:
    body = {"config": {"roleArn": role_arn, "region": REGION, **config}, "overrides": overrides(*models)}
    return await admin.put("/v1/llm-providers/bedrock?validate_connection=true", json=body)


async def store_external_id(admin: httpx.AsyncClient, value: str = EXTERNAL_ID) -> None:
    await admin.post("/v1/organization/secrets", json={"secretName": "id", "secretValue": value})


async def test_a_right_connection_is_saved(admin: httpx.AsyncClient, iam: Any) -> None:
    create_role(iam, trust(EXTERNAL_ID), policies(SONNET, HAIKU))
    await store_external_id(admin)
    answer = await register(admin, SONNET, HAIKU, externalIdSecretName="id")
    assert answer.status_code == 200, answer.text
    assert (await admin.get("/v1/llm-providers/bedrock")).json() == answer.json()


async def test_the_documented_policy_and_trust_are_enough(admin: httpx.AsyncClient, iam: Any) -> None:
    create_role(iam, trust(), [document.to_dict() for document in documented("all", "eu", False)])
    body = {"config": {"roleArn": ROLE_ARN}, "enabled": True}
    answer = await admin.put("/v1/llm-providers/bedrock?validate_connection=true", json=body)
    assert answer.status_code == 200, answer.text


async def test_without_overrides_every_model_is_tested(admin: httpx.AsyncClient, iam: Any) -> None:
    create_role(iam, trust(), policies(HAIKU))
    body = {"config": {"roleArn": ROLE_ARN, "region": REGION}}
    answer = await admin.put("/v1/llm-providers/bedrock?validate_connection=true", json=body)
    tested = answer.json()["details"]["testedModels"]
    assert {name: model["isValid"] for name, model in tested.items()} == {
        "claude-sonnet-4-20250514": False,
        HAIKU: True,
        SONNET: False,
    }


async def test_a_failed_test_saves_nothing(admin: httpx.AsyncClient, iam: Any) -> None:
    create_role(iam, trust(), policies(HAIKU))
    await register(admin, HAIKU)
    before = (await admin.get("/v1/llm-providers/bedrock")).json()
    message = denial(await register(admin, HAIKU, SONNET))
    assert message.startswith(
        f"AccessDeniedException: User: arn:aws:sts::{ACCOUNT}:assumed-role/port-byollm/"
    )
    assert "is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:" in message
    assert (await admin.get("/v1/llm-providers/bedrock")).json() == before


async def test_a_role_that_does_not_exist(admin: httpx.AsyncClient) -> None:
    message = denial(await register(admin, SONNET))
    assert message == (
        f"AccessDenied: User: {GATEWAY_PRINCIPALS['eu']} is not authorized to perform: sts:AssumeRole"
        f" on resource: {ROLE_ARN}: no role has this ARN"
    )


async def test_a_new_role_can_be_made_to_wait(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, iam: Any
) -> None:
    create_role(iam, trust(), policies(SONNET))
    for delay in (60, 0.001):
        fault = {"method": "PUT", "path": "/v1/llm-providers/bedrock", "iamDelaySeconds": delay}
        await anonymous.post("/_emulator/faults", json=fault)
    message = denial(await register(admin, SONNET))
    assert message.startswith("AccessDenied: User: arn:aws:iam::185657066287:role/")
    assert message.endswith("no role has this ARN yet")
    assert (await register(admin, SONNET)).status_code == 200


async def test_a_refreshed_catalogue_is_read_again(
    admin: httpx.AsyncClient, iam: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = tmp_path / "catalogue.json"
    monkeypatch.setenv("PORT_BYOLLM_CATALOGUE", str(catalogue))
    create_role(iam, trust(), policies(SONNET))
    assert (await register(admin, SONNET)).status_code == 200
    catalogue.write_text(json.dumps({"regions": {REGION: {}}, "models": {}}))  # the account has no profile
    assert denial(await register(admin, SONNET)).startswith("ValidationException")


async def test_a_role_under_a_path_has_another_arn(admin: httpx.AsyncClient, iam: Any) -> None:
    create_role(iam, trust(), policies(SONNET), path="/team/")
    assert denial(await register(admin, SONNET)).endswith("no role has this ARN")


async def test_a_role_of_another_account_is_another_role(admin: httpx.AsyncClient, iam: Any) -> None:
    create_role(iam, trust(), policies(SONNET))
    elsewhere = "arn:aws:iam::444455556666:role/port-byollm"
    assert denial(await register(admin, SONNET, role_arn=elsewhere)).endswith("no role has this ARN")


async def test_the_role_is_looked_up_in_its_own_account(
    admin: httpx.AsyncClient, aws: AwsServer, iam: Any
) -> None:
    account = "444455556666"
    sts = boto3.client(
        "sts",
        region_name=REGION,
        endpoint_url=aws.endpoint_url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    into = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/any", RoleSessionName="test")["Credentials"]
    sts.close()
    elsewhere = boto3.client(
        "iam",
        region_name=REGION,
        endpoint_url=aws.endpoint_url,
        aws_access_key_id=into["AccessKeyId"],
        aws_secret_access_key=into["SecretAccessKey"],
        aws_session_token=into["SessionToken"],
    )
    granted = [one.to_dict() for one in pinned([SONNET], "eu", REGION, account, None)]
    create_role(elsewhere, trust(), granted)
    elsewhere.close()
    role_arn = f"arn:aws:iam::{account}:role/port-byollm"
    answer = await register(admin, SONNET, role_arn=role_arn)
    assert answer.status_code == 200, answer.text


async def test_the_external_id_must_be_right(admin: httpx.AsyncClient, iam: Any) -> None:
    create_role(iam, trust("another-id"), policies(SONNET))
    await store_external_id(admin)
    wrong = denial(await register(admin, SONNET, externalIdSecretName="id"))
    assert "sts:AssumeRole" in wrong
    assert "secret 'id'" in wrong
    assert "sts:ExternalId" in wrong
    assert "another-id" not in wrong
    assert "without an external ID" in denial(await register(admin, SONNET))


async def test_the_secret_of_the_external_id_must_exist(admin: httpx.AsyncClient, iam: Any) -> None:
    create_role(iam, trust(EXTERNAL_ID), policies(SONNET))
    message = denial(await register(admin, SONNET, externalIdSecretName="id"))
    assert message == "Secret 'id' does not exist in Port"


async def test_the_organizations_own_gateway_must_be_trusted(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, iam: Any
) -> None:
    create_role(iam, gateway_trust([GATEWAY_PRINCIPALS["us"]]).to_dict(), policies(SONNET))
    message = denial(await register(admin, SONNET))
    assert f"User: {GATEWAY_PRINCIPALS['eu']} is not authorized to perform: sts:AssumeRole" in message
    await anonymous.patch("/_emulator/organizations/acme", json={"portRegion": "us"})
    assert (await register(admin, SONNET)).status_code == 200


async def test_a_role_that_cannot_be_assumed_is_refused_without_models_too(
    admin: httpx.AsyncClient, iam: Any
) -> None:
    answer = await register(admin)
    assert answer.status_code == 400
    assert answer.json()["details"] == {"testedModels": {}}
    assert "no role has this ARN" in answer.json()["message"]


@pytest.mark.parametrize(
    ("missing", "denied"),
    [
        ("inference-profile/", f"arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/eu.anthropic."),
        ("eu-north-1::foundation-model/", "arn:aws:bedrock:eu-north-1::foundation-model/anthropic."),
        ("InvokeModelWithResponseStream", "perform: bedrock:InvokeModelWithResponseStream on resource"),
    ],
)
async def test_a_missing_permission_is_named(
    admin: httpx.AsyncClient, iam: Any, missing: str, denied: str
) -> None:
    create_role(iam, trust(), [without(document, missing) for document in policies(SONNET)])
    assert denied in denial(await register(admin, SONNET))


async def test_inline_policies_count(admin: httpx.AsyncClient, iam: Any) -> None:
    [inline] = policies(SONNET)
    create_role(iam, trust(), [], inline=inline)
    assert (await register(admin, SONNET)).status_code == 200


async def test_a_boundary_must_allow_every_destination(admin: httpx.AsyncClient, iam: Any) -> None:
    [granted] = policies(SONNET)
    create_role(iam, trust(), [granted], boundary=without(granted, "eu-south-2"))
    message = denial(await register(admin, SONNET))
    assert "arn:aws:bedrock:eu-south-2::foundation-model/" in message
    assert "boundary" in message


async def test_a_region_deny_hits_the_destinations(admin: httpx.AsyncClient, iam: Any) -> None:
    deny = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {"StringNotEquals": {"aws:RequestedRegion": REGION}},
            }
        ],
    }
    create_role(iam, trust(), policies(SONNET), inline=deny)
    assert "denies it" in denial(await register(admin, SONNET))


@pytest.mark.parametrize(
    ("granted", "config", "valid"),
    [
        (Guardrail(GUARDRAIL, "1"), {"guardrailIdentifier": GUARDRAIL, "guardrailVersion": "1"}, True),
        (Guardrail(GUARDRAIL, "1"), {"guardrailIdentifier": "abc123", "guardrailVersion": "1"}, True),
        (Guardrail(GUARDRAIL, "1"), {"guardrailIdentifier": GUARDRAIL, "guardrailVersion": "2"}, False),
        (Guardrail(GUARDRAIL, "1"), {}, False),
        (Guardrail(GUARDRAIL, "DRAFT"), {"guardrailIdentifier": "abc123", "guardrailVersion": "DRAFT"}, True),
        (Guardrail(GUARDRAIL), {"guardrailIdentifier": GUARDRAIL, "guardrailVersion": "7"}, True),
        (None, {"guardrailIdentifier": GUARDRAIL, "guardrailVersion": "1"}, False),
    ],
)
async def test_a_guardrail_is_part_of_the_call(
    admin: httpx.AsyncClient, iam: Any, granted: Guardrail | None, config: dict[str, str], valid: bool
) -> None:
    create_role(iam, trust(), policies(SONNET, guardrail=granted))
    answer = await register(admin, SONNET, **config)
    assert (answer.status_code == 200) is valid, answer.text


async def test_the_documented_guardrail_statement_allows_no_guardrail(
    admin: httpx.AsyncClient, iam: Any
) -> None:
    create_role(iam, trust(), [document.to_dict() for document in documented("all", "eu", True)])
    answer = await register(admin, SONNET, guardrailIdentifier=GUARDRAIL, guardrailVersion="1")
    assert f"bedrock:ApplyGuardrail on resource: {GUARDRAIL}" in denial(answer)


async def test_port_calls_the_profile_that_is_set(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, iam: Any
) -> None:
    create_role(iam, trust(), [one.to_dict() for one in pinned([SONNET], "global", REGION, ACCOUNT, None)])
    assert "inference-profile/eu.anthropic." in denial(await register(admin, SONNET))
    await anonymous.patch("/_emulator/settings", json={"inferenceProfiles": {SONNET: {REGION: "global"}}})
    assert (await register(admin, SONNET)).status_code == 200


async def test_a_global_profile_needs_the_arn_without_region(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, iam: Any
) -> None:
    profile = "global.anthropic.claude-sonnet-4-5-20250929-v1:0"
    settings = {"inferenceProfiles": {SONNET: {REGION: profile}}}
    await anonymous.patch("/_emulator/settings", json=settings)
    documents = [one.to_dict() for one in pinned([SONNET], "global", REGION, ACCOUNT, None)]
    create_role(iam, trust(), [without(one, "bedrock:::foundation-model") for one in documents])
    assert "arn:aws:bedrock:::foundation-model/" in denial(await register(admin, SONNET))


async def test_a_region_without_a_profile_has_no_models(admin: httpx.AsyncClient, iam: Any) -> None:
    create_role(iam, trust(), policies(SONNET))
    message = denial(await register(admin, SONNET, region="sa-east-1"))
    assert message.startswith("ValidationException")


async def test_japan_has_its_own_profile(admin: httpx.AsyncClient, iam: Any) -> None:
    region = "ap-northeast-1"
    create_role(iam, trust(), [one.to_dict() for one in pinned([SONNET], "jp", region, ACCOUNT, None)])
    assert (await register(admin, SONNET, region=region)).status_code == 200


async def test_what_the_evaluator_does_not_know_is_not_said_to_be_valid(
    admin: httpx.AsyncClient, iam: Any
) -> None:
    unknown = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "bedrock:InvokeModel",
                "Resource": "*",
                "Condition": {"Bool": {"aws:SecureTransport": "perhaps"}},
            }
        ],
    }
    create_role(iam, trust(), policies(SONNET), inline=unknown)
    assert "cannot be judged" in denial(await register(admin, SONNET))


async def test_a_registration_is_tested_as_it_stands(admin: httpx.AsyncClient, iam: Any) -> None:
    create_role(iam, trust(EXTERNAL_ID), policies(SONNET))
    secret = {"secretName": "external-id", "secretValue": EXTERNAL_ID}
    await admin.post("/v1/organization/secrets", json=secret)
    await register(admin, SONNET, externalIdSecretName="external-id")
    test = "/_emulator/organizations/acme/llm-providers/bedrock/test"

    good = await admin.post(test)
    iam.update_assume_role_policy(RoleName="port-byollm", PolicyDocument=json.dumps(trust("other")))
    bad = await admin.post(test)
    none = await admin.post(test.replace("bedrock", "openai"))

    assert good.json() == {"ok": True, "models": [SONNET]}
    assert (bad.status_code, none.status_code) == (400, 404)
    assert "external-id" in denial(bad)
