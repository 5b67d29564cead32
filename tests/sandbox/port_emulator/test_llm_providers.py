from typing import Any

import httpx
import pytest

from port_byollm.catalogue import ALL_MODEL_NAMES

PATH = "/v1/llm-providers"
SONNET, HAIKU = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"
ROLE_CONFIG = {"roleArn": "arn:aws:iam::111122223333:role/port-byollm", "region": "eu-west-1"}


def overrides(*enabled: str, of: tuple[str, ...] = ALL_MODEL_NAMES) -> dict[str, Any]:
    return {"models": {name: {"enabled": name in enabled} for name in of}}


def enabled(provider: dict[str, Any]) -> set[str]:
    assert set(provider["effectiveModels"]) == set(ALL_MODEL_NAMES)
    return {name for name, model in provider["effectiveModels"].items() if model["enabled"]}


async def test_put_creates_reads_changes_and_deletes(admin: httpx.AsyncClient) -> None:
    body = {"config": ROLE_CONFIG, "overrides": overrides(SONNET), "enabled": True}
    created = await admin.put(f"{PATH}/bedrock", json=body)
    assert created.status_code == 200
    result = created.json()["result"]
    assert result["config"] == ROLE_CONFIG
    assert result["overrides"] == overrides(SONNET)
    assert enabled(result) == {SONNET}
    assert result["createdBy"] == "admin-id"

    changed = (await admin.put(f"{PATH}/bedrock", json={**body, "overrides": overrides(HAIKU)})).json()
    assert enabled(changed["result"]) == {HAIKU}
    assert changed["result"]["createdAt"] == result["createdAt"]
    assert (await admin.get(f"{PATH}/bedrock")).json() == changed
    assert (await admin.get(PATH)).json() == {"ok": True, "result": [changed["result"]]}

    deleted = await admin.delete(f"{PATH}/bedrock")
    assert (deleted.status_code, deleted.content) == (204, b"")
    for answer in (await admin.get(f"{PATH}/bedrock"), await admin.delete(f"{PATH}/bedrock")):
        assert (answer.status_code, answer.json()) == (
            404,
            {
                "ok": False,
                "error": "LLMProviderNotFoundError",
                "message": "LLM provider 'bedrock' not found for organization",
            },
        )
    assert (await admin.get(PATH)).json()["result"] == []


async def test_without_overrides_every_model_of_the_provider_is_enabled(admin: httpx.AsyncClient) -> None:
    result = (await admin.put(f"{PATH}/bedrock", json={"config": ROLE_CONFIG})).json()["result"]
    assert enabled(result) == {name for name in ALL_MODEL_NAMES if name.startswith("claude")}
    assert "overrides" not in result


async def test_a_model_that_the_provider_has_not_is_never_effective(admin: httpx.AsyncClient) -> None:
    body = {"config": ROLE_CONFIG, "overrides": overrides("gpt-5", HAIKU)}
    assert enabled((await admin.put(f"{PATH}/bedrock", json=body)).json()["result"]) == {HAIKU}


async def test_an_override_without_a_value_enables(admin: httpx.AsyncClient) -> None:
    body = {"config": ROLE_CONFIG, "overrides": {"models": {name: {} for name in ALL_MODEL_NAMES}}}
    assert SONNET in enabled((await admin.put(f"{PATH}/bedrock", json=body)).json()["result"])


async def test_put_fills_the_region_that_the_pages_example_leaves_out(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    config = {"roleArn": ROLE_CONFIG["roleArn"], "externalIdSecretName": "BEDROCK_ROLE_EXTERNAL_ID"}
    await anonymous.patch("/_emulator/settings", json={"defaultBedrockRegion": "eu-central-1"})
    result = (await admin.put(f"{PATH}/bedrock", json={"config": config, "enabled": True})).json()["result"]
    assert result["config"] == {**config, "region": "eu-central-1"}


async def test_put_without_config_keeps_the_one_that_is_there(admin: httpx.AsyncClient) -> None:
    none_yet = await admin.put(f"{PATH}/bedrock", json={"enabled": False})
    assert (none_yet.status_code, none_yet.json()["message"]) == (400, "config is required")
    await admin.put(f"{PATH}/bedrock", json={"config": ROLE_CONFIG})
    result = (await admin.put(f"{PATH}/bedrock", json={"enabled": False})).json()["result"]
    assert (result["enabled"], result["config"]) == (False, ROLE_CONFIG)


async def test_post_creates_once_with_the_providers_own_models(admin: httpx.AsyncClient) -> None:
    own = tuple(name for name in ALL_MODEL_NAMES if name != "gpt-5")
    body = {"provider": "bedrock", "config": ROLE_CONFIG, "overrides": overrides(HAIKU, of=own)}
    created = await admin.post(PATH, json=body)
    assert created.status_code == 201
    assert created.json()["result"]["overrides"] == overrides(HAIKU)  # the answer names every model
    again = await admin.post(PATH, json=body)
    assert (again.status_code, again.json()["error"]) == (400, "LLMProviderInvalidConfigError")
    assert "already exists" in again.json()["message"]


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("PUT", "/openai", {"config": {}}, "apiKeySecretName is required"),
        ("PUT", "/openai", {"config": {"apiKeySecretName": "k", "region": "x"}}, "region is not allowed"),
        (
            "PUT",
            "/azure-openai",
            {"config": {"apiKeySecretName": "k", "resourceName": "r"}},
            "deploymentId is required",
        ),
        ("PUT", "/bedrock", {"config": {"region": "eu-west-1"}}, "roleArn is required"),
        (
            "PUT",
            "/bedrock",
            {"config": {"accessKeyIdSecretName": "k", "region": "eu-west-1"}},
            "secretAccessKeySecretName is required",
        ),
        (
            "POST",
            "",
            {"provider": "bedrock", "config": {"roleArn": ROLE_CONFIG["roleArn"]}},
            "region is required",
        ),
        ("POST", "", {"provider": "bedrock"}, "config is required"),
    ],
)
async def test_a_wrong_config_is_named_in_ports_words(
    admin: httpx.AsyncClient, method: str, path: str, body: dict[str, Any], message: str
) -> None:
    answer = await admin.request(method, f"{PATH}{path}", json=body)
    assert (answer.status_code, answer.json()) == (
        400,
        {"ok": False, "error": "LLMProviderInvalidConfigError", "message": message},
    )


@pytest.mark.parametrize(
    "config",
    [
        {"roleArn": "arn:aws:iam::111122223333:role/a/path/port", "region": "eu-west-1"},
        {"roleArn": "arn:aws-cn:iam::111122223333:role/port", "region": "eu-west-1"},
        {"roleArn": "arn:aws:iam::111122223333:role/port\n", "region": "eu-west-1"},
        {"roleArn": "arn:aws:iam::١١١١٢٢٢٢٣٣٣٣:role/port", "region": "eu-west-1"},
        {"roleArn": ROLE_CONFIG["roleArn"], "region": "us-gov-west-1"},
        {"roleArn": ROLE_CONFIG["roleArn"], "region": "eu-west-1", "externalIdSecretName": ""},
    ],
)
async def test_patterns_are_the_openapis(admin: httpx.AsyncClient, config: dict[str, str]) -> None:
    answer = await admin.put(f"{PATH}/bedrock", json={"config": config})
    assert (answer.status_code, answer.json()["error"]) == (400, "LLMProviderInvalidConfigError")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/bedrock", {"config": ROLE_CONFIG, "overrides": overrides(of=(SONNET,))}),
        ("/bedrock", {"config": ROLE_CONFIG, "overrides": overrides(of=(*ALL_MODEL_NAMES, "claude-9"))}),
        ("/bedrock", {"config": ROLE_CONFIG, "model": SONNET}),
        ("/bedrock", {"config": ROLE_CONFIG, "enabled": "yes"}),
        ("/bedrock?validate_connection=1", {"config": ROLE_CONFIG}),
        ("/grok", {"config": {"apiKeySecretName": "k"}}),
    ],
)
async def test_refuses_what_the_openapi_refuses(
    admin: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    answer = await admin.put(f"{PATH}{path}", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_ports_own_provider_is_always_there(admin: httpx.AsyncClient) -> None:
    own = (await admin.get(f"{PATH}/port")).json()["result"]
    assert own["enabled"] is True
    assert enabled(own) == set(ALL_MODEL_NAMES)
    assert (await admin.delete(f"{PATH}/port")).status_code == 400


VERTEX_ACCOUNT = {
    "clientEmailSecretName": "key",
    "privateKeySecretName": "key",
    "project": "acme",
    "location": "europe-west1",
}
OPEN_CONFIGS = {
    "openai-compatible": {
        "baseUrl": "https://litellm.example/v1",
        "apiKeySecretName": "key",
        "customHeaders": [{"name": "x-team", "value": "platform"}],
    },
    "anthropic-compatible": {"baseUrl": "https://proxy.example", "bearerTokenSecretName": "key"},
    "azure-anthropic": {"endpointUrl": "https://acme.example", "apiKeySecretName": "key"},
    "vertex-anthropic": VERTEX_ACCOUNT,
    "vertex-gemini": {"apiKeySecretName": "key"},
}


@pytest.mark.parametrize("provider", OPEN_CONFIGS)
async def test_providers_that_the_openapi_does_not_know_keep_what_they_are_given(
    admin: httpx.AsyncClient, provider: str
) -> None:
    config = OPEN_CONFIGS[provider]
    body = {
        "config": config,
        "overrides": {"models": {"my-model": {"enabled": True}, "other": {"enabled": False}}},
    }
    created = await admin.put(f"{PATH}/{provider}", json=body)
    assert created.status_code == 200, created.text
    result = created.json()["result"]
    assert result["config"] == config
    assert {name for name, model in result["effectiveModels"].items() if model["enabled"]} == {"my-model"}
    assert (await admin.get(f"{PATH}/{provider}")).json() == created.json()
    assert (await admin.delete(f"{PATH}/{provider}")).status_code == 204
    assert (await admin.post(PATH, json={"provider": provider, **body})).status_code == 201


@pytest.mark.parametrize("provider", OPEN_CONFIGS)
async def test_connections_that_cannot_be_tested_are_not_said_to_work(
    admin: httpx.AsyncClient, provider: str
) -> None:
    path = f"{PATH}/{provider}?validate_connection=true"
    body = {"config": OPEN_CONFIGS[provider], "overrides": {"models": {"my-model": {}}}}
    missing = await admin.put(path, json=body)
    assert (missing.status_code, missing.json()["error"]) == (400, "LLMProviderModelTestError")
    assert missing.json()["details"]["testedModels"] == {
        "my-model": {"isValid": False, "message": "Secret 'key' does not exist in Port"}
    }

    await admin.post("/v1/organization/secrets", json={"secretName": "key", "secretValue": "v"})
    untested = await admin.put(path, json=body)
    assert (untested.status_code, untested.json()["error"]) == (501, "connection_test_unsupported")
    assert (await admin.get(f"{PATH}/{provider}")).status_code == 404


@pytest.mark.parametrize(
    ("provider", "config", "message"),
    [
        ("vertex-anthropic", {"project": "acme"}, "clientEmailSecretName is required"),
        ("vertex-gemini", {"project": "acme"}, "either apiKeySecretName alone, or clientEmailSecretName, "),
        (
            "vertex-gemini",
            {**VERTEX_ACCOUNT, "apiKeySecretName": "key"},
            "either apiKeySecretName alone, or ",
        ),
        ("openai-compatible", {"apiKeySecretName": 5}, "apiKeySecretName must be the name of a secret"),
        (
            "openai-compatible",
            {"customHeaders": [{"name": "x-key", "valueSecretName": ""}]},
            "valueSecretName must be the name of a secret",
        ),
    ],
)
async def test_what_is_known_of_open_configs_is_checked(
    admin: httpx.AsyncClient, provider: str, config: dict[str, Any], message: str
) -> None:
    answer = await admin.put(f"{PATH}/{provider}", json={"config": config})
    assert (answer.status_code, answer.json()["error"]) == (400, "LLMProviderInvalidConfigError")
    assert answer.json()["message"].startswith(message)
