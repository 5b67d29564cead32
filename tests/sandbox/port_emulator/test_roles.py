"""Each operation, by each role: what "Permissions & Access Control" of Port's setup page gives to whom."""

from typing import Any

import httpx
import pytest

from port_byollm_sandbox.port_emulator import contract

PROVIDERS, SECRETS, ORGANIZATION = "/v1/llm-providers", "/v1/organization/secrets", "/v1/organization"
OPENAI = {"config": {"apiKeySecretName": "key"}}
PORT = {"provider": "port", "model": "gpt-5"}
PROMPT = {"userPrompt": "hello", "tools": []}

FORBIDDEN = (403, "forbidden")
MANAGE_FORBIDDEN = (403, "llm_provider_manage_forbidden")
OPERATIONS: list[tuple[str, str, Any, int, tuple[int, str] | None]] = [
    ("GET", ORGANIZATION, None, 200, None),
    ("PUT", ORGANIZATION, {"name": "Acme"}, 200, FORBIDDEN),
    ("PATCH", ORGANIZATION, {"name": "Acme"}, 200, FORBIDDEN),
    ("GET", SECRETS, None, 200, None),
    ("POST", SECRETS, {"secretName": "new", "secretValue": "v"}, 201, FORBIDDEN),
    ("GET", f"{SECRETS}/key", None, 200, None),
    ("PATCH", f"{SECRETS}/key", {"secretValue": "v"}, 200, FORBIDDEN),
    ("DELETE", f"{SECRETS}/key", None, 200, FORBIDDEN),
    ("GET", f"{PROVIDERS}/defaults", None, 200, None),
    ("PUT", f"{PROVIDERS}/defaults", PORT, 200, MANAGE_FORBIDDEN),
    ("GET", PROVIDERS, None, 200, None),
    ("POST", PROVIDERS, {"provider": "anthropic", **OPENAI}, 201, MANAGE_FORBIDDEN),
    ("GET", f"{PROVIDERS}/openai", None, 200, MANAGE_FORBIDDEN),
    ("PUT", f"{PROVIDERS}/openai", OPENAI, 200, MANAGE_FORBIDDEN),
    ("DELETE", f"{PROVIDERS}/openai", None, 204, MANAGE_FORBIDDEN),
    ("POST", "/v1/ai/invoke?invocation_identifier=two", PROMPT, 200, None),
    ("GET", "/v1/ai/invoke/one", None, 200, None),
    ("GET", "/v1/quota/ai-invocations", None, 200, None),
]
"""Method, path, body, what administrators get, and what members get where it is something else."""
each_operation = pytest.mark.parametrize(
    ("method", "path", "body", "status", "refusal"),
    OPERATIONS,
    ids=[f"{method} {path.partition('?')[0]}" for method, path, *_ in OPERATIONS],
)


@pytest.fixture(autouse=True)
async def _something_to_operate_on(admin: httpx.AsyncClient) -> None:
    await admin.post(SECRETS, json={"secretName": "key", "secretValue": "v"})
    await admin.put(f"{PROVIDERS}/openai", json=OPENAI)
    await admin.post("/v1/ai/invoke?invocation_identifier=one", json=PROMPT)


@each_operation
async def test_an_administrator_may(
    admin: httpx.AsyncClient, method: str, path: str, body: Any, status: int, refusal: tuple[int, str] | None
) -> None:
    answer = await admin.request(method, path, json=body)
    assert answer.status_code == status, answer.text


@each_operation
async def test_a_member_may_or_changes_nothing(
    admin: httpx.AsyncClient,
    member: httpx.AsyncClient,
    method: str,
    path: str,
    body: Any,
    status: int,
    refusal: tuple[int, str] | None,
) -> None:
    before = await _readable(admin)
    answer = await member.request(method, path, json=body)
    if refusal is None:
        assert answer.status_code == status, answer.text
    else:
        assert (answer.status_code, answer.json()["error"]) == refusal
    assert await _readable(admin) == before


@pytest.mark.parametrize("token", ["none", "unknown", "expired", "of credentials that are gone"])
async def test_nobody_else_may_anything(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, token: str
) -> None:
    headers = {}
    if token == "unknown":
        headers = {"Authorization": "Bearer unknown"}
    elif token == "expired":
        await anonymous.patch("/_emulator/settings", json={"tokenSeconds": 0})
        credential = {"clientId": "admin-id", "clientSecret": "admin-secret"}
        issued = (await anonymous.post("/v1/auth/access_token", json=credential)).json()
        headers = {"Authorization": f"Bearer {issued['accessToken']}"}
    elif token == "of credentials that are gone":
        headers = {"Authorization": admin.headers["Authorization"]}
        await anonymous.post("/_emulator/reset")
    for method, path, body, *_ in OPERATIONS:
        answer = await anonymous.request(method, path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized"), f"{method} {path}"


def test_no_operation_of_the_contract_is_missing() -> None:
    documented = {
        (method.upper(), path)
        for path, operations in contract.served()["paths"].items()
        for method in operations
    }
    names = {"key": "{secret_name}", "openai": "{provider}", "one": "{invocation_identifier}"}
    tested = {
        (method, "/".join(names.get(part, part) for part in path.partition("?")[0].split("/")))
        for method, path, *_ in OPERATIONS
    }
    assert documented - tested == {("POST", "/v1/auth/access_token")}  # which needs no token
    assert tested <= documented


async def _readable(admin: httpx.AsyncClient) -> list[Any]:
    paths = (ORGANIZATION, SECRETS, PROVIDERS, f"{PROVIDERS}/defaults")
    return [(await admin.get(path)).json() for path in paths]
