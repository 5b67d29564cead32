import html
from urllib.parse import quote

import httpx
import pytest
from starlette.applications import Starlette

API = "/v1/organization/secrets"
VALUE = "canary-<value>"
FORM = {"secretName": "openai-api-key", "secretValue": VALUE, "description": "of the platform team"}


def value_of(app: Starlette, name: str = "openai-api-key") -> str | None:
    found: str | None = app.state.context.store.secrets.value("acme", name)
    return found


async def test_a_value_is_shown_once(app: Starlette, admin_browser: httpx.AsyncClient) -> None:
    created = await admin_browser.post("/ui/secrets", data=FORM)
    assert created.status_code == 201
    assert "canary-&lt;value&gt;" in created.text
    assert created.headers["Cache-Control"] == "no-store"
    assert value_of(app) == VALUE
    for page in ("secrets", "secrets/openai-api-key", "audit", "ai"):
        answer = await admin_browser.get(f"/ui/{page}")
        assert answer.status_code == 200
        assert "canary" not in answer.text
    again = await admin_browser.post("/ui/secrets", data=FORM)
    assert again.status_code == 409
    assert "Secret &#39;openai-api-key&#39; already exists" in again.text
    assert "canary" not in again.text
    assert "of the platform team" in again.text


@pytest.mark.parametrize(
    ("field", "value"), [("secretName", "no spaces"), ("secretName", ""), ("description", "x" * 201)]
)
async def test_what_the_api_refuses_the_page_refuses(
    app: Starlette, admin_browser: httpx.AsyncClient, field: str, value: str
) -> None:
    answer = await admin_browser.post("/ui/secrets", data=FORM | {field: value})
    assert answer.status_code == 422
    assert f'role="alert" tabindex="-1" autofocus>{field}: ' in answer.text
    assert "canary" not in answer.text


async def test_editing_keeps_a_value_that_is_left_empty(
    app: Starlette, admin_browser: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    await admin_browser.post("/ui/secrets", data=FORM)
    path = "/ui/secrets/openai-api-key"
    edited = await admin_browser.post(path, data={"secretValue": "", "description": "new"})
    assert "The secret is changed." in edited.text
    assert value_of(app) == VALUE
    edited = await admin_browser.post(path, data={"secretValue": "other-canary", "description": ""})
    assert "canary" not in edited.text
    assert value_of(app) == "other-canary"
    assert (await admin.get(f"{API}/openai-api-key")).json()["secret"]["description"] == ""


async def test_deleting(admin_browser: httpx.AsyncClient, admin: httpx.AsyncClient) -> None:
    await admin_browser.post("/ui/secrets", data=FORM)
    config = {"config": {"apiKeySecretName": "openai-api-key"}}
    await admin.put("/v1/llm-providers/openai", json=config)
    assert "OpenAI names it" in (await admin_browser.get("/ui/secrets/openai-api-key")).text
    deleted = await admin_browser.post("/ui/secrets/openai-api-key/delete")
    assert "The secret is deleted." in deleted.text
    assert (await admin.get(API)).json()["secrets"] == []


async def test_a_secret_that_is_not_there(admin_browser: httpx.AsyncClient) -> None:
    for answer in (
        await admin_browser.get("/ui/secrets/none"),
        await admin_browser.post("/ui/secrets/none", data={"description": "x"}),
        await admin_browser.post("/ui/secrets/none/delete"),
    ):
        assert answer.status_code == 404
        assert "Secret &#39;none&#39; does not exist" in answer.text


@pytest.mark.parametrize("name", ["..", "?x", "#x", "%", "a b", "ä", "<script>", "x" * 5000])
async def test_a_name_that_no_secret_has(admin_browser: httpx.AsyncClient, name: str) -> None:
    path = f"/ui/secrets/{quote(name, safe='').replace('.', '%2E')}"
    for answer in (await admin_browser.get(path), await admin_browser.post(f"{path}/delete")):
        assert answer.status_code == 404
        assert f"Secret &#39;{html.escape(name)}&#39; does not exist" in answer.text


async def test_members_may_look_and_no_more(
    app: Starlette,
    admin_browser: httpx.AsyncClient,
    member_browser: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
) -> None:
    await admin_browser.post("/ui/secrets", data=FORM)
    looked = await member_browser.get("/ui/secrets")
    assert "openai-api-key" in looked.text
    assert "/ui/new-secret" not in looked.text
    for path in ("", "/openai-api-key", "/openai-api-key/delete"):
        answer = await member_browser.post(f"/ui/secrets{path}", data=FORM | {"secretName": "planted"})
        assert answer.status_code == 403
        assert "You do not have permission to manage secrets" in answer.text
    assert value_of(app) == VALUE
    assert value_of(app, "planted") is None
    audits = (await anonymous.get("/_emulator/organizations/acme/audit?limit=3")).json()["audits"]
    assert [entry["action"] for entry in audits] == ["DELETE", "UPDATE", "CREATE"]
    assert {(entry["status"], entry["trigger"]["by"]["role"]) for entry in audits} == {("FAILURE", "member")}
