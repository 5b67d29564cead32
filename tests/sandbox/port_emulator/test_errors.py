"""Every error that Port documents, produced by what causes it, in both forms that Port documents."""

from typing import Any

import httpx
import pytest

SECRETS, PROVIDERS = "/v1/organization/secrets", "/v1/llm-providers"
OPENAI = {"config": {"apiKeySecretName": "key"}}
SECRET = {"secretName": "taken", "secretValue": "v"}
DISABLED = {
    "models": {
        name: {"enabled": False}
        for name in (
            "gpt-5",
            "claude-sonnet-4-20250514",
            "claude-haiku-4-5-20251001",
            "claude-sonnet-4-5-20250929",
        )
    }
}

CAUSES: dict[str, tuple[int, str, str, str, dict[str, Any] | None]] = {
    "LLMProviderNotFoundError": (404, "admin", "GET", f"{PROVIDERS}/anthropic", None),
    "LLMProviderModelTestError": (
        400,
        "admin",
        "PUT",
        f"{PROVIDERS}/openai?validate_connection=true",
        OPENAI,
    ),
    "LLMProviderInvalidConfigError": (400, "admin", "PUT", f"{PROVIDERS}/openai", {"config": {}}),
    "LLMProviderModelNotEnabledError": (
        400,
        "admin",
        "PUT",
        f"{PROVIDERS}/defaults",
        {"provider": "openai", "model": "gpt-5"},
    ),
    "llm_provider_manage_forbidden": (403, "member", "PUT", f"{PROVIDERS}/openai", OPENAI),
    "forbidden": (403, "member", "POST", SECRETS, SECRET),
    "unauthorized": (401, "anonymous", "GET", PROVIDERS, None),
    "invalid_credentials": (
        401,
        "anonymous",
        "POST",
        "/v1/auth/access_token",
        {"clientId": "admin-id", "clientSecret": "wrong"},
    ),
    "secret_not_found": (404, "admin", "GET", f"{SECRETS}/none", None),
    "secret_already_exists": (409, "admin", "POST", SECRETS, SECRET),
    "invalid_request": (422, "admin", "POST", SECRETS, {"secretName": "a secret", "secretValue": "v"}),
    "payload_too_large": (413, "admin", "POST", SECRETS, {**SECRET, "secretValue": "v" * (1 << 20)}),
    "connection_test_unsupported": (
        501,
        "admin",
        "PUT",
        f"{PROVIDERS}/anthropic-compatible?validate_connection=true",
        {"config": {}},
    ),
}
"""Name -> status, who asks, and what for."""


@pytest.mark.parametrize("form", ["openapi", "pages"])
@pytest.mark.parametrize("name", CAUSES)
async def test_it_is_produced_by_its_cause(
    admin: httpx.AsyncClient,
    member: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    name: str,
    form: str,
) -> None:
    await admin.post(SECRETS, json=SECRET)
    await admin.put(f"{PROVIDERS}/openai", json=OPENAI | {"overrides": DISABLED})
    await anonymous.patch("/_emulator/settings", json={"errorForm": form})
    status, who, method, path, body = CAUSES[name]
    client = {"admin": admin, "member": member, "anonymous": anonymous}[who]
    answer = await client.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    error = answer.json()
    if form == "openapi" or name != "llm_provider_manage_forbidden":
        assert error.pop("ok") is False
    if form == "pages":
        error = error.pop("error", error)
        error["error"] = error.pop("name")
    assert error.pop("error") == name
    assert error.pop("message")
    assert set(error) == ({"details"} if name == "LLMProviderModelTestError" else set())
