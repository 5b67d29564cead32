import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from port_byollm_sandbox.port_emulator.organizations import Credential

SECRETS = "/v1/organization/secrets"


async def test_the_journal_holds_ports_requests_alone(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    await admin.get(f"{SECRETS}/none?x=1")
    await anonymous.get("/_emulator/settings")
    assert (await anonymous.get("/_emulator/requests")).json() == {
        "requests": [
            {"method": "POST", "path": "/v1/auth/access_token", "status": 200},
            {"method": "GET", "path": f"{SECRETS}/none", "status": 404},
        ]
    }


async def test_a_fault_answers_as_often_as_asked(admin: httpx.AsyncClient) -> None:
    fault = {
        "method": "GET",
        "path": "/v1/llm-providers*",
        "times": 2,
        "status": 429,
        "headers": {"Retry-After": "1"},
        "latencySeconds": 0.05,
    }
    assert (await admin.post("/_emulator/faults", json=fault)).status_code == 201
    began = time.monotonic()
    first = await admin.get("/v1/llm-providers/defaults")
    assert (first.status_code, first.headers["Retry-After"]) == (429, "1")
    assert time.monotonic() - began >= 0.05
    assert (await admin.get("/v1/llm-providers")).status_code == 429
    assert (await admin.get("/v1/llm-providers")).status_code == 200
    assert (await admin.get("/_emulator/faults")).json() == {"faults": []}


async def test_a_fault_can_last_until_it_is_cleared(admin: httpx.AsyncClient) -> None:
    await admin.post("/_emulator/faults", json={"path": "*", "times": None, "status": 500})
    assert {(await admin.get(SECRETS)).status_code for _ in range(3)} == {500}
    await admin.delete("/_emulator/faults")
    assert (await admin.get(SECRETS)).status_code == 200


@pytest.mark.parametrize(("drop", "handled"), [("request", False), ("response", True)])
async def test_a_dropped_connection_is_handled_or_not(
    admin: httpx.AsyncClient, drop: str, handled: bool
) -> None:
    await admin.post("/_emulator/faults", json={"method": "POST", "path": SECRETS, "drop": drop})
    with pytest.raises(ConnectionAbortedError):
        await admin.post(SECRETS, json={"secretName": "one", "secretValue": "v"})
    assert (await admin.get(f"{SECRETS}/one")).is_success is handled
    journal = (await admin.get("/_emulator/requests")).json()["requests"]
    assert journal[-2] == {"method": "POST", "path": SECRETS, "status": None}


async def test_a_token_can_be_made_to_expire(admin: httpx.AsyncClient, member: httpx.AsyncClient) -> None:
    await admin.post("/_emulator/faults", json={"path": SECRETS, "expireToken": True})
    for _ in range(2):  # the fault happens once, the token stays expired
        answer = await admin.get(SECRETS)
        assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
    assert (await member.get(SECRETS)).status_code == 200


@pytest.mark.parametrize(
    ("status", "form", "body"),
    [
        (429, "openapi", {"ok": False, "error": "too_many_requests"}),
        (503, "pages", {"ok": False, "error": {"name": "service_unavailable"}}),
        (599, "openapi", {"ok": False, "error": "status_599"}),
    ],
)
async def test_a_fault_answers_in_ports_form(
    admin: httpx.AsyncClient, status: int, form: str, body: dict[str, Any]
) -> None:
    await admin.patch("/_emulator/settings", json={"errorForm": form})
    await admin.post("/_emulator/faults", json={"path": SECRETS, "status": status})
    answer = await admin.get(SECRETS)
    message = "A fault set through the emulator's control plane"
    if form == "pages":
        body["error"]["message"] = message
    else:
        body["message"] = message
    assert (answer.status_code, answer.json()) == (status, body)


async def test_a_fault_can_answer_as_a_proxy_does(admin: httpx.AsyncClient) -> None:
    page = "<html>Bad gateway</html>"
    await admin.post("/_emulator/faults", json={"path": SECRETS, "status": 200, "body": page})
    answer = await admin.get(SECRETS)
    assert (answer.status_code, answer.text) == (200, page)
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"delay": 1}, "delay is not allowed"),
        ({}, "one of latencySeconds, status, drop, expireToken, iamDelaySeconds is required"),
        ({"status": 500, "drop": "request"}, "status and drop exclude each other"),
        ({"latencySeconds": 1, "headers": {"Retry-After": "1"}}, "headers and body need a status"),
    ],
)
async def test_a_fault_that_means_nothing_is_refused(
    anonymous: httpx.AsyncClient, fault: dict[str, Any], message: str
) -> None:
    answer = await anonymous.post("/_emulator/faults", json={"path": "*", **fault})
    assert (answer.status_code, answer.json()["message"]) == (400, message)
    assert (await anonymous.get("/_emulator/faults")).json() == {"faults": []}


async def test_errors_come_in_the_form_that_is_set(admin: httpx.AsyncClient) -> None:
    await admin.patch("/_emulator/settings", json={"errorForm": "pages"})
    answer = await admin.get("/v1/llm-providers/openai")
    assert answer.json() == {
        "ok": False,
        "error": {
            "name": "LLMProviderNotFoundError",
            "message": "LLM provider 'openai' not found for organization",
        },
    }


async def test_settings_that_are_left_out_stay(anonymous: httpx.AsyncClient) -> None:
    await anonymous.patch("/_emulator/settings", json={"tokenSeconds": 5})
    profiles = {"claude-haiku-4-5-20251001": {"eu-west-1": "global"}}
    changed = await anonymous.patch("/_emulator/settings", json={"inferenceProfiles": profiles})
    assert changed.json() == (await anonymous.get("/_emulator/settings")).json()
    assert changed.json() == {
        "errorForm": "openapi",
        "tokenSeconds": 5,
        "defaultBedrockRegion": "eu-west-1",
        "inferenceProfiles": profiles,
        "monthlyInvocations": 500,
        "memberProviders": None,
    }


@pytest.mark.parametrize(
    "settings",
    [
        {"inferenceProfiles": {"claude-haiku-4-5-20251001": {"eu-west-1": "mars"}}},
        {"errorForm": "xml"},
        {"tokenSeconds": -1},
        {"defaultBedrockRegion": "Ireland"},
        {"speed": 1},
    ],
)
async def test_settings_that_mean_nothing_are_refused(
    anonymous: httpx.AsyncClient, settings: dict[str, object]
) -> None:
    before = (await anonymous.get("/_emulator/settings")).json()
    answer = await anonymous.patch("/_emulator/settings", json=settings)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert (await anonymous.get("/_emulator/settings")).json() == before


async def test_organizations_are_apart(
    admin: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    log_in: Callable[[Credential], Awaitable[httpx.AsyncClient]],
) -> None:
    await admin.post(SECRETS, json={"secretName": "one", "secretValue": "v"})
    created = await anonymous.post("/_emulator/organizations", json={"id": "other", "portRegion": "us"})
    assert created.status_code == 201
    other = await log_in(Credential(*created.json()["admin"].values()))
    assert (await other.get(SECRETS)).json()["secrets"] == []
    assert (await other.get("/v1/organization")).json()["organization"]["id"] == "other"
    again = await anonymous.post("/_emulator/organizations", json={"id": "other"})
    assert again.status_code == 409
    moved = await anonymous.patch("/_emulator/organizations/other", json={"portRegion": "eu"})
    assert moved.json()["portRegion"] == "eu"
    assert (await anonymous.patch("/_emulator/organizations/x", json={"portRegion": "eu"})).status_code == 404


async def test_reset_empties_all_but_the_organization_of_the_start(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    await admin.post(SECRETS, json={"secretName": "one", "secretValue": "v"})
    await anonymous.patch("/_emulator/settings", json={"tokenSeconds": 5})
    await anonymous.post("/_emulator/organizations", json={"id": "other"})
    await anonymous.post("/_emulator/faults", json={"path": "*", "status": 500})
    assert (await anonymous.post("/_emulator/reset")).status_code == 204
    assert (await anonymous.get("/_emulator/requests")).json() == {"requests": []}
    assert (await admin.get(SECRETS)).status_code == 401  # tokens are gone too
    credential = {"clientId": "admin-id", "clientSecret": "admin-secret"}
    token = (await anonymous.post("/v1/auth/access_token", json=credential)).json()
    assert token["expiresIn"] == 3600
    authorization = {"Authorization": f"Bearer {token['accessToken']}"}
    assert (await anonymous.get(SECRETS, headers=authorization)).json()["secrets"] == []
    organizations = (await anonymous.get("/_emulator/organizations")).json()["organizations"]
    assert [organization["id"] for organization in organizations] == ["acme"]


async def test_a_request_that_is_answered_after_a_reset_is_of_the_time_before(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    fault = {"path": SECRETS, "status": 503, "latencySeconds": 0.2}
    await anonymous.post("/_emulator/faults", json=fault)
    slow = asyncio.ensure_future(admin.get(SECRETS))
    await asyncio.sleep(0.05)
    assert (await anonymous.get("/_emulator/faults")).json()["faults"] == []  # it is on its way
    await anonymous.post("/_emulator/reset")
    assert (await slow).status_code == 503
    assert (await anonymous.get("/_emulator/requests")).json() == {"requests": []}


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
async def test_foreign_hosts_and_web_pages_are_refused(
    anonymous: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    for method, path in (("POST", "reset"), ("GET", "requests")):
        answer = await anonymous.request(method, f"/_emulator/{path}", headers=headers)
        assert answer.status_code in (400, 403)
