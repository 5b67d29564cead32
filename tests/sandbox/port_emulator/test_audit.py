import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from port_byollm.catalogue import ALL_MODEL_NAMES
from port_byollm_sandbox.port_emulator.organizations import Credential
from port_byollm_sandbox.port_emulator.store import Store, audit
from port_byollm_sandbox.upstreams.server import Upstreams

SECRETS = "/v1/organization/secrets"
PROVIDERS = "/v1/llm-providers"
AUDIT = "/_emulator/organizations/acme/audit"
PAGE = Path(__file__).parents[3] / "docs" / "emulator-control.md"
CANARY = "canary-77c1"
OPENAI = {"config": {"apiKeySecretName": "openai-key"}}


def contents(directory: Path) -> list[bytes]:
    return [file.read_bytes() for file in directory.iterdir()]


async def trail(client: httpx.AsyncClient, **query: int) -> list[dict[str, Any]]:
    """Oldest first, without what each test has in common."""
    answer = await client.get(AUDIT, params=query)
    assert answer.status_code == 200, answer.text
    entries = [entry for entry in answer.json()["audits"] if entry["resourceType"] != "organization"]
    return entries[::-1]


def summary(entry: dict[str, Any]) -> tuple[object, ...]:
    by = entry["trigger"]["by"]
    [resource] = entry["context"].values()
    return (by["clientId"], entry["action"], entry["resourceType"], resource, entry["status"])


async def test_who_did_what_to_which_resource(admin: httpx.AsyncClient) -> None:
    await admin.post(SECRETS, json={"secretName": "openai-key", "secretValue": "v"})
    await admin.patch(f"{SECRETS}/openai-key", json={"secretValue": "w"})
    await admin.put(f"{PROVIDERS}/openai", json=OPENAI)
    await admin.put(f"{PROVIDERS}/openai", json=OPENAI | {"enabled": False})
    await admin.put(f"{PROVIDERS}/openai", json=OPENAI)
    await admin.put(f"{PROVIDERS}/defaults", json={"provider": "openai", "model": "gpt-5"})
    await admin.delete(f"{PROVIDERS}/openai")
    await admin.delete(f"{SECRETS}/openai-key")
    assert [summary(entry) for entry in await trail(admin)] == [
        ("admin-id", "CREATE", "secret", "openai-key", "SUCCESS"),
        ("admin-id", "UPDATE", "secret", "openai-key", "SUCCESS"),
        ("admin-id", "CREATE", "llm-provider", "openai", "SUCCESS"),
        ("admin-id", "UPDATE", "llm-provider", "openai", "SUCCESS"),
        ("admin-id", "UPDATE", "llm-provider", "openai", "SUCCESS"),
        ("admin-id", "CREATE", "llm-defaults", "defaults", "SUCCESS"),
        ("admin-id", "DELETE", "llm-provider", "openai", "SUCCESS"),
        ("admin-id", "DELETE", "secret", "openai-key", "SUCCESS"),
    ]


async def test_before_and_after(admin: httpx.AsyncClient) -> None:
    await admin.put(f"{PROVIDERS}/openai", json=OPENAI)
    models = {name: {"enabled": name == "gpt-5"} for name in ALL_MODEL_NAMES}
    await admin.put(f"{PROVIDERS}/openai", json=OPENAI | {"enabled": False, "overrides": {"models": models}})
    await admin.delete(f"{PROVIDERS}/openai")
    created, changed, deleted = await trail(admin)
    first = {"enabled": True, "config": OPENAI["config"], "overrides": None}
    second = {
        "enabled": False,
        "config": OPENAI["config"],
        "overrides": {name: name == "gpt-5" for name in ALL_MODEL_NAMES},
    }
    assert created["diff"] == {"before": None, "after": first}
    assert changed["diff"] == {"before": first, "after": second}
    assert deleted["diff"] == {"before": second, "after": None}
    assert created["trigger"]["at"] <= changed["trigger"]["at"] <= deleted["trigger"]["at"]


async def test_a_changed_value_is_told_and_never_shown(admin: httpx.AsyncClient, tmp_path: Path) -> None:
    await admin.post(SECRETS, json={"secretName": "one", "secretValue": f"{CANARY}-1"})
    await admin.patch(f"{SECRETS}/one", json={"description": "for Bedrock"})
    await admin.patch(f"{SECRETS}/one", json={"secretValue": f"{CANARY}-2"})
    await admin.post(SECRETS, json={"secretName": "two", "secretValue": [CANARY]})
    _, described, changed, refused = entries = await trail(admin)
    assert "message" not in described
    assert described["diff"]["after"]["description"] == "for Bedrock"
    assert changed["message"] == "The value was changed"
    assert refused["status"] == "FAILURE"
    assert CANARY not in json.dumps(entries)
    assert not any(CANARY.encode() in content for content in contents(tmp_path))


@pytest.mark.parametrize(
    ("method", "path", "action", "resource_type", "resource", "error"),
    [
        ("POST", SECRETS, "CREATE", "secret", None, "forbidden"),
        ("PATCH", f"{SECRETS}/one", "UPDATE", "secret", "one", "forbidden"),
        ("DELETE", f"{SECRETS}/one", "DELETE", "secret", "one", "forbidden"),
        ("PUT", f"{PROVIDERS}/openai", "UPDATE", "llm-provider", "openai", "llm_provider_manage_forbidden"),
        ("PUT", f"{PROVIDERS}/defaults", "UPDATE", "llm-defaults", None, "llm_provider_manage_forbidden"),
    ],
)
async def test_a_members_attempt_is_recorded(
    admin: httpx.AsyncClient,
    member: httpx.AsyncClient,
    method: str,
    path: str,
    action: str,
    resource_type: str,
    resource: str | None,
    error: str,
) -> None:
    assert (await member.request(method, path, json={})).status_code == 403
    [entry] = await trail(admin)
    assert summary(entry) == ("member-id", action, resource_type, resource, "FAILURE")
    assert (entry["error"], entry["trigger"]["by"]["role"]) == (error, "member")


async def test_what_was_refused_is_recorded_with_its_error(admin: httpx.AsyncClient) -> None:
    await admin.put(f"{PROVIDERS}/openai", json={"config": {}})
    await admin.put(f"{PROVIDERS}/openai", params={"validate_connection": "true"}, json=OPENAI)
    await admin.delete(f"{SECRETS}/none")
    assert [(entry["error"], entry["message"]) for entry in await trail(admin)] == [
        ("LLMProviderInvalidConfigError", "apiKeySecretName is required"),
        ("LLMProviderModelTestError", "Connection test failed for provider 'openai'"),
        ("secret_not_found", "Secret 'none' does not exist"),
    ]


async def test_a_key_that_fails_the_test_is_not_in_the_trail(
    admin: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    await admin.post(SECRETS, json={"secretName": "openai-key", "secretValue": CANARY})
    async with upstreams.serving():
        answer = await admin.put(f"{PROVIDERS}/openai", params={"validate_connection": "true"}, json=OPENAI)
    assert answer.json()["error"] == "LLMProviderModelTestError"
    entries = await trail(admin)
    assert entries[-1]["error"] == "LLMProviderModelTestError"
    assert CANARY not in json.dumps(entries)


async def test_reads_and_unknown_callers_leave_no_trace(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    await admin.get(f"{PROVIDERS}/openai")
    await anonymous.post(SECRETS, json={"secretName": "one", "secretValue": "v"})
    await admin.post("/v1/nothing")
    assert await trail(admin) == []


async def test_an_organizations_trail_is_its_own(
    admin: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    log_in: Callable[[Credential], Awaitable[httpx.AsyncClient]],
) -> None:
    created = await anonymous.post("/_emulator/organizations", json={"id": "other"})
    other = await log_in(Credential(*created.json()["admin"].values()))
    await other.post(SECRETS, json={"secretName": "one", "secretValue": "v"})
    assert await trail(admin) == []
    await anonymous.patch("/_emulator/organizations/other", json={"portRegion": "us"})
    answer = await anonymous.get("/_emulator/organizations/other/audit")
    moved, secret, made = answer.json()["audits"]
    assert secret["context"] == {"secret": "one"}
    assert made["trigger"] == {
        "at": made["trigger"]["at"],
        "by": {"orgId": "other", "clientId": None, "role": None},
        "origin": "CONTROL_PLANE",
    }
    assert [moved["diff"][side]["portRegion"] for side in ("before", "after")] == ["eu", "us"]
    assert (await anonymous.get("/_emulator/organizations/none/audit")).status_code == 404


async def test_an_entry_is_as_documented(admin: httpx.AsyncClient) -> None:
    for body in (OPENAI, OPENAI | {"enabled": False}):
        await admin.put(f"{PROVIDERS}/openai", json=body)
    [_, entry] = await trail(admin)
    found = re.search(r"```json\n(\{\n  \"number\".*?)```", PAGE.read_text(), re.DOTALL)
    assert found is not None
    documented = json.loads(found[1])
    differing = {"number": entry["number"], "trigger": entry["trigger"]}
    assert entry == documented | differing
    assert entry["trigger"].keys() == documented["trigger"].keys()
    assert entry["trigger"]["by"].keys() == documented["trigger"]["by"].keys()


async def test_a_long_trail_comes_in_pages(admin: httpx.AsyncClient) -> None:
    for number in range(5):
        await admin.post(SECRETS, json={"secretName": f"s{number}", "secretValue": "v"})
    [newest, second] = (await admin.get(AUDIT, params={"limit": 2})).json()["audits"]
    assert [newest["context"], second["context"]] == [{"secret": "s4"}, {"secret": "s3"}]
    following = await admin.get(AUDIT, params={"limit": 2, "before": second["number"]})
    assert [entry["context"] for entry in following.json()["audits"]] == [{"secret": "s2"}, {"secret": "s1"}]
    for query in ({"limit": "0"}, {"limit": "x"}, {"before": str(1 << 70)}, {"page": "1"}):
        assert (await admin.get(AUDIT, params=query)).status_code == 400


async def test_the_latest_entries_are_kept_under_their_numbers(
    admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await admin.post("/_emulator/organizations", json={"id": "other"})
    monkeypatch.setattr(audit, "LENGTH", 3)
    for number in range(5):
        await admin.post(SECRETS, json={"secretName": f"s{number}", "secretValue": "v"})
    kept = (await admin.get(AUDIT)).json()["audits"]
    assert [entry["context"] for entry in kept] == [{"secret": "s4"}, {"secret": "s3"}, {"secret": "s2"}]
    assert [entry["number"] - kept[-1]["number"] for entry in kept] == [2, 1, 0]
    assert kept[-1]["number"] > 3
    assert (await admin.get(AUDIT.replace("acme", "other"))).json()["audits"]


async def test_a_change_that_cannot_be_recorded_does_not_happen(
    admin: httpx.AsyncClient, app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = app.state.context.store
    assert isinstance(store, Store)

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(store.audit, "_add", fail)
    with pytest.raises(OSError, match="no space"):
        await admin.post(SECRETS, json={"secretName": "one", "secretValue": "v"})
    monkeypatch.undo()
    assert (await admin.get(f"{SECRETS}/one")).status_code == 404
