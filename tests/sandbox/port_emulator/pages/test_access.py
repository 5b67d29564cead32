import json
from typing import Any

import httpx
import pytest
from tests.sandbox.port_emulator.bedrock import EXTERNAL_ID, HAIKU, REGION, SONNET, overrides, policies
from tests.sandbox.port_emulator.test_bedrock_role import ROLE_ARN, create_role, trust

from port_byollm.iam.invoke_policy import documented
from port_byollm_sandbox.aws.server import AwsServer


@pytest.fixture
def aws_endpoint_url(aws: AwsServer) -> str:
    return aws.endpoint_url


async def register(admin: httpx.AsyncClient, *models: str, **config: str) -> None:
    await admin.post("/v1/organization/secrets", json={"secretName": "id", "secretValue": EXTERNAL_ID})
    body = {"config": {"region": REGION, **config}, "overrides": overrides(*models)}
    (await admin.put("/v1/llm-providers/bedrock", json=body)).raise_for_status()


async def page(browser: httpx.AsyncClient, scope: str = "pinned") -> str:
    answer = await browser.get(f"/ui/access?scope={scope}")
    assert answer.status_code == 200
    assert EXTERNAL_ID not in answer.text
    return answer.text


async def test_the_proof_of_what_is_registered(
    admin: httpx.AsyncClient, member_browser: httpx.AsyncClient, iam: Any
) -> None:
    create_role(iam, trust(EXTERNAL_ID), policies(SONNET, HAIKU))
    await register(admin, SONNET, HAIKU, roleArn=ROLE_ARN, externalIdSecretName="id")
    text = await page(member_browser)
    assert "The proof holds" in text
    assert "<svg" in text
    assert "eu-north-1" in text


async def test_a_model_that_iam_denies_makes_it_fail(
    admin: httpx.AsyncClient, admin_browser: httpx.AsyncClient, iam: Any
) -> None:
    create_role(iam, trust(EXTERNAL_ID), policies(SONNET))
    await register(admin, SONNET, HAIKU, roleArn=ROLE_ARN, externalIdSecretName="id")
    assert "The proof FAILS" in await page(admin_browser)


async def test_another_external_id_makes_it_fail(
    admin: httpx.AsyncClient, admin_browser: httpx.AsyncClient, iam: Any
) -> None:
    create_role(iam, trust("another"), policies(SONNET))
    await register(admin, SONNET, roleArn=ROLE_ARN, externalIdSecretName="id")
    assert "The proof FAILS" in await page(admin_browser)


async def test_the_documented_policy_holds_to_its_own_scope(
    admin: httpx.AsyncClient, admin_browser: httpx.AsyncClient, iam: Any
) -> None:
    create_role(iam, trust(EXTERNAL_ID), [one.to_dict() for one in documented([SONNET], "eu", False)])
    await register(admin, SONNET, roleArn=ROLE_ARN, externalIdSecretName="id")
    assert "The proof FAILS" in await page(admin_browser)
    assert "The proof holds" in await page(admin_browser, "documented")


async def test_an_external_id_from_before_a_rotation_is_part_of_it(
    admin: httpx.AsyncClient, admin_browser: httpx.AsyncClient, iam: Any
) -> None:
    create_role(iam, trust(EXTERNAL_ID, "the-one-before"), policies(SONNET))
    await register(admin, SONNET, roleArn=ROLE_ARN, externalIdSecretName="id")
    text = await page(admin_browser)
    assert "The proof holds" in text
    assert "accepted 1" in text
    assert "the-one-before" not in text


async def test_without_an_external_id_it_fails_and_says_why(
    admin: httpx.AsyncClient, admin_browser: httpx.AsyncClient, iam: Any
) -> None:
    create_role(iam, trust(), policies(SONNET))
    await register(admin, SONNET, roleArn=ROLE_ARN)
    text = await page(admin_browser)
    assert "The proof FAILS" in text
    assert "assumes the role without an external ID" in text


async def test_a_user_with_access_keys(
    admin: httpx.AsyncClient, admin_browser: httpx.AsyncClient, iam: Any
) -> None:
    iam.create_user(UserName="gateway")
    iam.put_user_policy(
        UserName="gateway", PolicyName="invoke", PolicyDocument=json.dumps(policies(SONNET)[0])
    )
    key = iam.create_access_key(UserName="gateway")["AccessKey"]
    for name, value in (("key-id", key["AccessKeyId"]), ("key", key["SecretAccessKey"])):
        await admin.post("/v1/organization/secrets", json={"secretName": name, "secretValue": value})
    await register(admin, SONNET, accessKeyIdSecretName="key-id", secretAccessKeySecretName="key")
    text = await page(admin_browser)
    assert "The proof holds" in text
    assert "gateway" in text
    assert key["AccessKeyId"] not in text
    await admin.delete("/v1/organization/secrets/key")
    assert "Secret &#39;key&#39; does not exist in Port" in await page(admin_browser)


async def test_a_model_that_is_called_elsewhere_is_left_out_and_said(
    admin: httpx.AsyncClient, admin_browser: httpx.AsyncClient, anonymous: httpx.AsyncClient, iam: Any
) -> None:
    settings = {"inferenceProfiles": {HAIKU: {REGION: "global"}}}
    (await anonymous.patch("/_emulator/settings", json=settings)).raise_for_status()
    create_role(iam, trust(EXTERNAL_ID), policies(SONNET))
    await register(admin, SONNET, HAIKU, roleArn=ROLE_ARN, externalIdSecretName="id")
    assert f"{SONNET}: Port does not call it through global in {REGION}." in await page(admin_browser)


async def test_nothing_is_registered(admin_browser: httpx.AsyncClient) -> None:
    assert "There is nothing to prove: LLM provider &#39;bedrock&#39; not found" in await page(admin_browser)


async def test_the_role_is_gone(admin: httpx.AsyncClient, admin_browser: httpx.AsyncClient) -> None:
    await register(admin, SONNET, roleArn=ROLE_ARN)
    assert f"AWS has no role {ROLE_ARN}, and Port uses it" in await page(admin_browser)


async def test_no_model_is_enabled(
    admin: httpx.AsyncClient, admin_browser: httpx.AsyncClient, iam: Any
) -> None:
    create_role(iam, trust(), policies(SONNET))
    await register(admin, roleArn=ROLE_ARN)
    assert "No enabled model has a profile in eu-west-1" in await page(admin_browser)


async def test_a_secret_that_is_missing_is_unknown(
    admin: httpx.AsyncClient, admin_browser: httpx.AsyncClient, iam: Any
) -> None:
    create_role(iam, trust(EXTERNAL_ID), policies(SONNET))
    await register(admin, SONNET, roleArn=ROLE_ARN, externalIdSecretName="gone")
    text = await page(admin_browser)
    assert "The proof holds" not in text
    assert "there is no secret &#39;gone&#39; in Port" in text
