from typing import Any

import httpx
import pytest

PATH = "/v1/organization"
NAMED = {"id": "acme", "name": "Acme"}


async def organization(client: httpx.AsyncClient) -> Any:
    return (await client.get(PATH)).json()["organization"]


async def test_put_replaces_settings_and_announcement(
    admin: httpx.AsyncClient, member: httpx.AsyncClient
) -> None:
    assert await organization(member) == NAMED
    described = {
        "settings": {"portalTitle": "Portal", "further": 1},
        "announcement": {"content": "Hello", "link": None},
    }
    answer = await admin.put(PATH, json={"name": "New", **described})
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert await organization(member) == {**NAMED, "name": "New", **described}
    await admin.patch(PATH, json={"name": "New", "isOnboarded": True})
    await admin.put(PATH, json={"name": "Acme"})
    assert await organization(member) == {**NAMED, "isOnboarded": True}


async def test_patch_changes_what_it_names(admin: httpx.AsyncClient) -> None:
    await admin.put(PATH, json={"name": "Acme", "settings": {"portalTitle": "Portal", "portalIcon": "x"}})
    change = {"settings": {"portalIcon": "y", "supportUserExpiresAt": "2026-11-22T20:00:60.5+01:00"}}
    assert (await admin.patch(PATH, json={"name": "Acme", **change})).status_code == 200
    assert (await organization(admin))["settings"] == {"portalTitle": "Portal", **change["settings"]}


@pytest.mark.parametrize(
    "change",
    [
        {"settings": {"portalTitle": "x" * 31}},
        {"settings": {"hiddenBlueprints": [1]}},
        {"settings": {"supportUserTTL": "A_YEAR"}},
        {"settings": {"supportUserExpiresAt": "2026-11-22"}},
        {"settings": None},
        {"announcement": {"content": ""}},
        {"announcement": {"color": None}},
        {"announcement": {"color": "green"}},
        {"toolSelectionProvisioning": {"status": "DONE", "more": 1}},
        {"isOnboarded": "yes"},
        {"portRegion": "us"},
    ],
)
async def test_refuses_what_the_openapi_refuses(admin: httpx.AsyncClient, change: dict[str, Any]) -> None:
    answer = await admin.patch(PATH, json={"name": "Acme", **change})
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_request")
    assert await organization(admin) == NAMED


async def test_an_announcement_that_is_put_has_a_content(admin: httpx.AsyncClient) -> None:
    change = {"name": "Acme", "announcement": {"enabled": False}}
    assert (await admin.put(PATH, json=change)).json()["message"] == "announcement.content is required"
    assert (await admin.patch(PATH, json=change)).status_code == 200
