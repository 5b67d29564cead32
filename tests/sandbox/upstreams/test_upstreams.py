"""The vendors' wire forms, asked as their own clients ask."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from port_byollm_sandbox.upstreams.server import Upstreams
from port_byollm_sandbox.upstreams.upstream import Change, Upstream

MESSAGES = [{"role": "user", "content": "hello"}]
PATHS = {
    "openai": "/v1/chat/completions",
    "anthropic": "/v1/messages",
    "azure-openai": "/acme/openai/deployments/gpt-5/chat/completions?api-version=2024-10-21",
}
BODIES: dict[str, dict[str, Any]] = {
    "openai": {"model": "gpt-5", "messages": MESSAGES},
    "anthropic": {"model": "claude-haiku-4-5-20251001", "messages": MESSAGES, "max_tokens": 16},
    "azure-openai": {"messages": MESSAGES},
}


def headers(provider: str, key: str) -> dict[str, str]:
    match provider:
        case "openai":
            return {"Authorization": f"Bearer {key}"}
        case "anthropic":
            return {"x-api-key": key, "anthropic-version": "2023-06-01"}
        case _:
            return {"api-key": key}


@pytest.fixture
async def upstreams() -> AsyncIterator[Upstreams]:
    upstreams = Upstreams()
    async with upstreams.serving():
        yield upstreams


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture(params=PATHS)
def provider(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


async def test_a_completion(client: httpx.AsyncClient, upstreams: Upstreams, provider: str) -> None:
    url = upstreams.base_url(provider) + PATHS[provider]
    key = headers(provider, upstreams[provider].api_key)
    answer = await client.post(url, headers=key, json=BODIES[provider])
    assert answer.status_code == 200, answer.text
    body = answer.json()
    if provider == "anthropic":
        assert (body["type"], body["role"], body["stop_reason"]) == ("message", "assistant", "end_turn")
        assert body["content"] == [{"type": "text", "text": "OK"}]
        assert body["usage"].keys() == {"input_tokens", "output_tokens"}
    else:
        assert (body["object"], body["model"]) == ("chat.completion", "gpt-5")
        [choice] = body["choices"]
        assert (choice["message"]["role"], choice["finish_reason"]) == ("assistant", "stop")
        assert body["usage"].keys() == {"prompt_tokens", "completion_tokens", "total_tokens"}


async def test_a_wrong_key(client: httpx.AsyncClient, upstreams: Upstreams, provider: str) -> None:
    url = upstreams.base_url(provider) + PATHS[provider]
    for given in (headers(provider, "wrong"), {}):
        answer = await client.post(url, headers=given, json=BODIES[provider])
        error = answer.json()["error"]
        assert answer.status_code == 401
        match provider:
            case "openai":
                assert error["type"] == "invalid_request_error"
                assert error["code"] == ("invalid_api_key" if given else None)
            case "anthropic":
                assert (answer.json()["type"], error["type"]) == ("error", "authentication_error")
            case _:
                assert error["code"] == "401"


async def test_an_unknown_model(client: httpx.AsyncClient, upstreams: Upstreams, provider: str) -> None:
    url = upstreams.base_url(provider) + PATHS[provider].replace("gpt-5", "gpt-9")
    body = BODIES[provider] | ({} if provider == "azure-openai" else {"model": "gpt-9"})
    key = headers(provider, upstreams[provider].api_key)
    answer = await client.post(url, headers=key, json=body)
    error = answer.json()["error"]
    assert answer.status_code == 404
    assert (
        error["type" if provider == "anthropic" else "code"]
        == {
            "openai": "model_not_found",
            "anthropic": "not_found_error",
            "azure-openai": "DeploymentNotFound",
        }[provider]
    )


async def test_a_rate_limit(client: httpx.AsyncClient, upstreams: Upstreams, provider: str) -> None:
    upstreams[provider].change(Change.model_validate({"requestsPerMinute": 1}))
    url = upstreams.base_url(provider) + PATHS[provider]
    key = headers(provider, upstreams[provider].api_key)
    assert (await client.post(url, headers=key, json=BODIES[provider])).status_code == 200
    answer = await client.post(url, headers=key, json=BODIES[provider])
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert answer.json()["error"]["message"]


async def test_a_body_that_is_no_json(client: httpx.AsyncClient, upstreams: Upstreams, provider: str) -> None:
    url = upstreams.base_url(provider) + PATHS[provider]
    answer = await client.post(url, headers=headers(provider, upstreams[provider].api_key), content=b"hello")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


async def test_anthropic_wants_a_version(client: httpx.AsyncClient, upstreams: Upstreams) -> None:
    answer = await client.post(
        upstreams.base_url("anthropic") + PATHS["anthropic"],
        headers={"x-api-key": upstreams["anthropic"].api_key},
        json=BODIES["anthropic"],
    )
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


async def test_azure_wants_a_version(client: httpx.AsyncClient, upstreams: Upstreams) -> None:
    url, _, _ = (upstreams.base_url("azure-openai") + PATHS["azure-openai"]).partition("?")
    key = headers("azure-openai", upstreams["azure-openai"].api_key)
    answer = await client.post(url, headers=key, json=BODIES["azure-openai"])
    assert answer.status_code == 404


def test_a_rate_limit_slides() -> None:
    clock = iter((0.0, 30.0, 40.0, 59.9, 60.0, 61.0))
    upstream = Upstream("key", ["m"], clock=lambda: next(clock))
    upstream.change(Change.model_validate({"requestsPerMinute": 2}))
    assert [upstream.seconds_to_wait() for _ in range(6)] == [0, 0, 20, 1, 0, 29]


def test_who_does_not_serve_has_no_address() -> None:
    with pytest.raises(RuntimeError, match="enter serving"):
        Upstreams().base_url("openai")
