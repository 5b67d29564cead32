"""Requests to Port AI: what they get, what is checked in which order, and what remains of them."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from port_byollm.catalogue import SYSTEM_DEFAULT
from port_byollm_sandbox.upstreams.server import Upstreams

INVOKE, QUOTA, PROVIDERS = "/v1/ai/invoke", "/v1/quota/ai-invocations", "/v1/llm-providers"
SONNET, HAIKU = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"
MODELS = ("gpt-5", "claude-sonnet-4-20250514", HAIKU, SONNET)


@pytest.fixture
async def upstreams() -> AsyncIterator[Upstreams]:
    upstreams = Upstreams()
    async with upstreams.serving():
        yield upstreams


async def register(admin: httpx.AsyncClient, provider: str, key: str, **body: Any) -> None:
    await admin.post("/v1/organization/secrets", json={"secretName": provider, "secretValue": key})
    answer = await admin.put(
        f"{PROVIDERS}/{provider}", json={"config": {"apiKeySecretName": provider}, **body}
    )
    assert answer.status_code == 200, answer.text


async def invoke(client: httpx.AsyncClient, identifier: str = "", **body: Any) -> httpx.Response:
    params = {"invocation_identifier": identifier} if identifier else None
    return await client.post(INVOKE, params=params, json={"userPrompt": "canary", "tools": [], **body})


def events(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    found = {}
    for event in answer.text.removesuffix("\n\n").split("\n\n"):
        name, data = event.split("\n")
        found[name.removeprefix("event: ")] = data.removeprefix("data: ")
    return found


def selected(answer: httpx.Response) -> tuple[str, str]:
    """Provider and model, out of the sentence that is the answer."""
    provider, _, _, _, model, *_ = events(answer)["execution"].split()
    return provider, model.rstrip(";")


async def test_what_a_request_leaves_out_comes_from_the_defaults(
    admin: httpx.AsyncClient, member: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    assert selected(await invoke(member)) == SYSTEM_DEFAULT
    await register(admin, "anthropic", upstreams["anthropic"].api_key)
    assert selected(await invoke(member)) == SYSTEM_DEFAULT
    await admin.put(f"{PROVIDERS}/defaults", json={"provider": "anthropic", "model": HAIKU})
    assert selected(await invoke(member)) == ("anthropic", HAIKU)
    assert selected(await invoke(member, model=SONNET)) == ("anthropic", SONNET)
    assert selected(await invoke(member, provider="port")) == ("port", HAIKU)
    assert selected(await invoke(member, provider="port", model="gpt-5")) == ("port", "gpt-5")


async def test_there_is_no_default_of_a_provider(admin: httpx.AsyncClient, upstreams: Upstreams) -> None:
    await register(admin, "openai", upstreams["openai"].api_key)
    answer = await invoke(admin, provider="openai")
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        f"Model '{SYSTEM_DEFAULT[1]}' is not enabled for provider 'openai'",
    )


async def test_the_first_check_that_fails_is_the_error(
    admin: httpx.AsyncClient, member: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    await admin.patch("/_emulator/settings", json={"memberProviders": ["port"]})
    disabled = {"models": {name: {"enabled": False} for name in MODELS}}

    async def error() -> tuple[int, str]:
        answer = await invoke(member, provider="anthropic", model=SONNET)
        return answer.status_code, answer.json()["error"] + answer.json()["message"].rpartition(":")[2]

    assert (await error())[1].startswith("LLMProviderNotFoundError")
    await register(admin, "anthropic", "wrong", enabled=False, overrides=disabled)
    assert await error() == (400, "LLMProviderModelNotEnabledError the provider is disabled")
    await register(admin, "anthropic", "wrong", overrides=disabled)
    assert await error() == (
        400,
        f"LLMProviderModelNotEnabledErrorModel '{SONNET}' is not enabled for provider 'anthropic'",
    )
    await register(admin, "anthropic", "wrong")
    assert (await error())[0] == 403
    answer = await invoke(admin, provider="anthropic", model=SONNET)
    assert answer.json()["error"] == "LLMProviderModelTestError", "administrators may use every provider"


async def test_no_other_provider_takes_over_from_one_that_fails(
    admin: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    await register(admin, "anthropic", "wrong")
    await admin.put(f"{PROVIDERS}/defaults", json={"provider": "anthropic", "model": SONNET})
    answer = await invoke(admin, "first")
    assert (answer.status_code, answer.json()["error"]) == (400, "LLMProviderModelTestError")
    assert answer.json()["details"]["testedModels"][SONNET]["message"] == "Invalid API key"
    assert (await admin.get(f"{INVOKE}/first")).json() == {
        "ok": True,
        "result": {
            "invocationIdentifier": "first",
            "status": "Failed",
            "error": "internal_error",
            "message": "Invalid API key",
        },
    }


async def test_an_earlier_invocation_stays_what_it_was(
    admin: httpx.AsyncClient, member: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    await register(admin, "anthropic", upstreams["anthropic"].api_key)
    answer = await invoke(member, provider="anthropic", model=SONNET)
    identifier = json.loads(events(answer)["done"])["invocationIdentifier"]
    before = (await member.get(f"{INVOKE}/{identifier}")).json()
    assert before["result"]["status"] == "Completed"
    assert before["result"]["message"] == events(answer)["execution"]
    await register(admin, "openai", upstreams["openai"].api_key)
    await admin.put(f"{PROVIDERS}/defaults", json={"provider": "openai", "model": "gpt-5"})
    await admin.delete(f"{PROVIDERS}/anthropic")
    assert (await member.get(f"{INVOKE}/{identifier}")).json() == before


async def test_an_identifier_is_taken_once_whatever_it_is(member: httpx.AsyncClient) -> None:
    await invoke(member, "a/b ü")
    again = await invoke(member, "a/b ü")
    assert (again.status_code, again.json()["error"]) == (400, "invocation_already_exists")
    assert (await member.get(f"{INVOKE}/a%2Fb%20%C3%BC")).json()["result"]["status"] == "Completed"


async def test_the_quota_counts_what_goes_to_ports_own_provider(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    await anonymous.patch("/_emulator/settings", json={"monthlyInvocations": 2})
    await register(admin, "anthropic", upstreams["anthropic"].api_key)
    first = json.loads(events(await invoke(admin, provider="port"))["done"])["monthlyQuotaUsage"]
    assert (first["monthlyLimit"], first["remainingQuota"]) == (2, 1)
    assert 0 < first["remainingTimeMs"] <= 31 * 24 * 3600 * 1000
    await invoke(admin, provider="port", model="claude-9")  # is refused, and so not counted
    own = json.loads(events(await invoke(admin, provider="anthropic", model=SONNET))["done"])
    assert own["monthlyQuotaUsage"]["remainingQuota"] == 1
    await invoke(admin, provider="port")
    assert (await admin.get(QUOTA)).json()["monthlyQuotaUsage"]["remainingQuota"] == 0
    over = await invoke(admin, provider="port")
    assert (over.status_code, over.json()["message"]) == (
        403,
        "The monthly quota of AI invocations is used up",
    )
    assert (await invoke(admin, provider="anthropic", model=SONNET)).status_code == 200


async def test_a_provider_that_cannot_be_reached_is_not_said_to_answer(admin: httpx.AsyncClient) -> None:
    body = {"config": {}, "overrides": {"models": {"mine\nyours": {"enabled": True}}}}
    await admin.put(f"{PROVIDERS}/openai-compatible", json=body)
    answer = await invoke(admin, "one", provider="openai-compatible", model="mine\nyours")
    assert (answer.status_code, answer.json()["error"]) == (501, "connection_test_unsupported")
    assert (await admin.get(f"{INVOKE}/one")).json()["result"]["status"] == "Failed"
