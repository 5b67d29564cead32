import httpx

from port_byollm.catalogue import SYSTEM_DEFAULT

PATH = "/v1/llm-providers/defaults"
SONNET, HAIKU = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"
ALL = ("gpt-5", "claude-sonnet-4-20250514", HAIKU, SONNET)
BEDROCK = {
    "config": {"roleArn": "arn:aws:iam::111122223333:role/port-byollm", "region": "eu-west-1"},
    "overrides": {"models": {name: {"enabled": name == SONNET} for name in ALL}},
}


async def test_the_system_default_stands_where_none_was_set(member: httpx.AsyncClient) -> None:
    provider, model = SYSTEM_DEFAULT
    answer = await member.get(PATH)
    assert answer.json() == {"ok": True, "result": {"provider": provider, "model": model}}


async def test_defaults_name_an_enabled_model_of_a_configured_provider(admin: httpx.AsyncClient) -> None:
    await admin.put("/v1/llm-providers/bedrock", json=BEDROCK)
    answer = await admin.put(PATH, json={"provider": "bedrock", "model": SONNET})
    assert answer.status_code == 200
    assert (answer.json()["result"]["provider"], answer.json()["result"]["model"]) == ("bedrock", SONNET)
    assert (await admin.get(PATH)).json() == answer.json()
    back = await admin.put(PATH, json={"provider": "port", "model": SONNET})
    assert back.json()["result"]["createdAt"] == answer.json()["result"]["createdAt"]


async def test_a_provider_that_is_not_configured_is_not_found(admin: httpx.AsyncClient) -> None:
    answer = await admin.put(PATH, json={"provider": "bedrock", "model": SONNET})
    assert (answer.status_code, answer.json()["error"]) == (404, "LLMProviderNotFoundError")


async def test_a_model_that_is_disabled_or_not_the_providers_is_refused(admin: httpx.AsyncClient) -> None:
    await admin.put("/v1/llm-providers/bedrock", json=BEDROCK)
    for model in (HAIKU, "gpt-5", "claude-9"):
        answer = await admin.put(PATH, json={"provider": "bedrock", "model": model})
        assert answer.status_code == 400
        assert answer.json() == {
            "ok": False,
            "error": "LLMProviderModelNotEnabledError",
            "message": f"Model '{model}' is not enabled for provider 'bedrock'",
        }


async def test_a_disabled_provider_has_no_enabled_model(admin: httpx.AsyncClient) -> None:
    await admin.put("/v1/llm-providers/bedrock", json={**BEDROCK, "enabled": False})
    answer = await admin.put(PATH, json={"provider": "bedrock", "model": SONNET})
    assert (answer.status_code, answer.json()["error"]) == (400, "LLMProviderModelNotEnabledError")
    assert "the provider is disabled" in answer.json()["message"]


async def test_provider_and_model_are_needed_together(admin: httpx.AsyncClient) -> None:
    for body in ({"provider": "port"}, {"model": SONNET}, {}):
        assert (await admin.put(PATH, json=body)).status_code == 400


async def test_deleting_the_provider_leaves_the_defaults_as_they_stand(admin: httpx.AsyncClient) -> None:
    await admin.put("/v1/llm-providers/bedrock", json=BEDROCK)
    await admin.put(PATH, json={"provider": "bedrock", "model": SONNET})
    assert (await admin.delete("/v1/llm-providers/bedrock")).status_code == 204
    assert (await admin.get(PATH)).json()["result"]["provider"] == "bedrock"
