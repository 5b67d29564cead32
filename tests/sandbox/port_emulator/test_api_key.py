"""Connection tests of OpenAI, Anthropic and Azure OpenAI, which really call the upstreams."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from port_byollm.catalogue import models_for
from port_byollm_sandbox.upstreams.server import Upstreams

CONFIGS: dict[str, dict[str, str]] = {
    "openai": {"apiKeySecretName": "key"},
    "anthropic": {"apiKeySecretName": "key"},
    "azure-openai": {"apiKeySecretName": "key", "resourceName": "acme", "deploymentId": "gpt-5"},
}


@pytest.fixture
async def upstreams() -> AsyncIterator[Upstreams]:
    upstreams = Upstreams()
    async with upstreams.serving():
        yield upstreams


@pytest.fixture(params=CONFIGS)
def provider(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


async def register(
    admin: httpx.AsyncClient, provider: str, key: str | None, config: dict[str, str] | None = None
) -> httpx.Response:
    if key is not None:
        await admin.post("/v1/organization/secrets", json={"secretName": "key", "secretValue": key})
    body = {"config": config or CONFIGS[provider]}
    return await admin.put(f"/v1/llm-providers/{provider}?validate_connection=true", json=body)


def verdicts(answer: httpx.Response) -> dict[str, dict[str, Any]]:
    body = answer.json()
    assert (answer.status_code, body["error"]) == (400, "LLMProviderModelTestError"), body
    models: dict[str, dict[str, Any]] = body["details"]["testedModels"]
    return models


async def test_a_right_key_is_saved(admin: httpx.AsyncClient, upstreams: Upstreams, provider: str) -> None:
    answer = await register(admin, provider, upstreams[provider].api_key)
    assert answer.status_code == 200, answer.text
    assert (await admin.get(f"/v1/llm-providers/{provider}")).json() == answer.json()


@pytest.mark.parametrize("key", ["wrong", "", "with\nnewline", "schlüssel"])
async def test_a_wrong_key_fails_every_model_and_is_not_repeated(
    admin: httpx.AsyncClient, provider: str, key: str
) -> None:
    answer = await register(admin, provider, key)
    assert verdicts(answer).keys() == set(models_for(provider))
    for model in verdicts(answer).values():
        assert model["isValid"] is False
        assert model["message"].startswith("Invalid API key")
        assert not key or key not in model["message"]
    assert (await admin.get(f"/v1/llm-providers/{provider}")).status_code == 404


async def test_the_secret_must_exist(admin: httpx.AsyncClient, provider: str) -> None:
    for model in verdicts(await register(admin, provider, None)).values():
        assert model["message"] == "Secret 'key' does not exist in Port"


async def test_a_key_of_another_vendor_is_wrong(admin: httpx.AsyncClient, upstreams: Upstreams) -> None:
    answer = await register(admin, "openai", upstreams["anthropic"].api_key)
    assert verdicts(answer) == {"gpt-5": {"isValid": False, "message": "Invalid API key"}}


async def test_only_a_model_that_the_vendor_lacks_fails(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    retired, *kept = models_for("anthropic")
    await anonymous.patch("/_emulator/upstreams/anthropic", json={"models": kept})
    results = verdicts(await register(admin, "anthropic", upstreams["anthropic"].api_key))
    assert {name for name, model in results.items() if model["isValid"]} == set(kept)
    assert results[retired]["message"] == f"model: {retired} (status 404)"


async def test_a_deployment_that_azure_lacks_fails(admin: httpx.AsyncClient, upstreams: Upstreams) -> None:
    config = CONFIGS["azure-openai"] | {"deploymentId": "other"}
    results = verdicts(await register(admin, "azure-openai", upstreams["azure-openai"].api_key, config))
    assert results["gpt-5"]["message"].startswith("The API deployment for this resource does not exist.")


async def test_a_rate_limit_says_when_to_come_again(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, upstreams: Upstreams, provider: str
) -> None:
    await anonymous.patch(f"/_emulator/upstreams/{provider}", json={"requestsPerMinute": 0})
    for model in verdicts(await register(admin, provider, upstreams[provider].api_key)).values():
        assert model["message"].endswith("(status 429); retry after 60 seconds")


async def test_keys_that_are_accepted_can_be_set_and_a_reset_takes_them_back(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    changed = await anonymous.patch("/_emulator/upstreams/openai", json={"apiKeys": ["one", "two"]})
    assert changed.json() == {"apiKeys": 2, "models": ["gpt-5"], "requestsPerMinute": None}
    assert (await register(admin, "openai", "two")).status_code == 200
    assert not upstreams["openai"].accepts(upstreams["openai"].api_key)
    await anonymous.post("/_emulator/reset")
    assert upstreams["openai"].accepts(upstreams["openai"].api_key)
    assert not upstreams["openai"].accepts("two")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"apiKeys": ["a b"]}, "apiKeys.0: "),
        ({"apiKeys": ["a", "a"]}, "apiKeys: names one twice"),
        ({"requestsPerMinute": -1}, "requestsPerMinute: "),
        ({"keys": []}, "keys is not allowed"),
    ],
)
async def test_a_change_that_means_nothing_is_refused(
    anonymous: httpx.AsyncClient, change: dict[str, Any], message: str
) -> None:
    answer = await anonymous.patch("/_emulator/upstreams/openai", json=change)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(message)


async def test_a_provider_without_an_upstream(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.patch("/_emulator/upstreams/bedrock", json={})).status_code == 404
    listed = (await anonymous.get("/_emulator/upstreams")).json()["upstreams"]
    assert listed.keys() == CONFIGS.keys()
