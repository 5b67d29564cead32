"""The pages in Chromium: what people do with them, by mouse and by keyboard, and what nobody can."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from starlette.responses import HTMLResponse
from tests.browser import chromium
from tests.sandbox.port_emulator.bedrock import EXTERNAL_ID, HAIKU, REGION, SONNET, overrides, policies
from tests.sandbox.port_emulator.conftest import CREDENTIALS
from tests.sandbox.port_emulator.test_bedrock_role import ROLE_ARN, create_role, trust

from port_byollm_sandbox import http_server
from port_byollm_sandbox.aws.server import AwsServer
from port_byollm_sandbox.port_emulator.app import Tenant, create_app
from port_byollm_sandbox.port_emulator.organizations import Organization, Role

# One event loop for all, since the browser is of one.
pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = "</title></textarea><script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>\"'"
SECONDS = 10.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def base_url(tmp_path: Path, aws: AwsServer, iam: Any) -> AsyncIterator[str]:
    """An emulator with Bedrock registered: Sonnet and Haiku, by a role with an external ID."""
    create_role(iam, trust(EXTERNAL_ID), policies(SONNET, HAIKU))
    app = create_app(tmp_path, Tenant(Organization("acme", "Acme", "eu"), CREDENTIALS), aws.endpoint_url)
    async with http_server.serving(app) as port:
        base_url = f"http://127.0.0.1:{port}"
        async with api(base_url) as client:
            secret = {"secretName": "external-id", "secretValue": EXTERNAL_ID}
            (await client.post("/v1/organization/secrets", json=secret)).raise_for_status()
            config = {"roleArn": ROLE_ARN, "region": REGION, "externalIdSecretName": "external-id"}
            body = {"config": config, "overrides": overrides(SONNET, HAIKU)}
            (await client.put("/v1/llm-providers/bedrock", json=body)).raise_for_status()
        yield base_url


@asynccontextmanager
async def api(base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Port's API, as an administrator."""
    async with httpx.AsyncClient(base_url=base_url, trust_env=False) as client:
        answer = await client.post("/v1/auth/access_token", json=CREDENTIALS[Role.ADMIN].to_json())
        client.headers["Authorization"] = f"Bearer {answer.json()['accessToken']}"
        yield client


async def default(base_url: str) -> tuple[str, str]:
    async with api(base_url) as client:
        result = (await client.get("/v1/llm-providers/defaults")).json()["result"]
    return result["provider"], result["model"]


@asynccontextmanager
async def signed_in(browser: Browser, base_url: str, role: Role, **options: Any) -> AsyncIterator[Page]:
    """A page of AI settings, whose browser has run no script, opened no dialog and asked nobody else."""
    trouble: list[str] = []
    context = await browser.new_context(**options)
    page = await context.new_page()
    page.set_default_timeout(SECONDS * 1000)
    page.on("dialog", lambda dialog: trouble.append(f"dialog {dialog.message}"))
    page.on("pageerror", lambda error: trouble.append(f"error {error}"))
    page.on("console", lambda message: trouble.append(f"console {message.text}"))
    page.on(
        "request",
        lambda request: None if request.url.startswith(base_url) else trouble.append(f"asked {request.url}"),
    )
    await page.goto(base_url)
    await page.get_by_label("Client ID").fill(CREDENTIALS[role].client_id)
    await page.get_by_label("Client secret").fill(CREDENTIALS[role].client_secret)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("AI")
    yield page
    await context.close()
    # Chromium reports each status of 400 and more in its console.
    assert [one for one in trouble if "the server responded with a status of" not in one] == []


async def test_an_administrator_changes_the_default(browser: Browser, base_url: str) -> None:
    async with signed_in(browser, base_url, Role.ADMIN) as page:
        await expect(page.get_by_label("Default LLM provider")).to_have_value("port")
        await page.get_by_label("Default LLM provider").select_option(label="AWS Bedrock")
        await page.get_by_label("Default model").select_option(HAIKU)
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("status")).to_have_text("The default is saved.")
        await expect(page.get_by_role("status")).to_be_focused()
        await expect(page.get_by_label("Default LLM provider")).to_have_value("bedrock")
        await expect(page.get_by_label("Default model")).to_have_value(HAIKU)
        assert await default(base_url) == ("bedrock", HAIKU)
        await page.get_by_role("link", name="Audit trail").click()
        await expect(page.get_by_role("listitem").filter(has_text="the default")).to_contain_text("admin-id")


async def test_only_the_models_of_the_chosen_provider_are_listed(browser: Browser, base_url: str) -> None:
    async with signed_in(browser, base_url, Role.ADMIN) as page:
        groups = page.locator("#model optgroup")
        await page.get_by_label("Default LLM provider").select_option("bedrock")
        shown = await groups.evaluate_all(
            "all => all.filter(one => getComputedStyle(one).display != 'none').map(one => one.label)"
        )
        assert shown == ["AWS Bedrock"]


async def test_a_member_cannot_change_the_default(browser: Browser, base_url: str) -> None:
    async with signed_in(browser, base_url, Role.MEMBER) as page:
        await expect(page.get_by_role("button", name="Save")).to_be_disabled()
        await expect(page.get_by_label("Default LLM provider")).to_be_disabled()
        await expect(page.get_by_text("Members can view the default")).to_be_visible()
        # Whoever takes the lock off in the browser meets the one in the API.
        await page.locator("fieldset").evaluate("one => one.disabled = false")
        await page.get_by_label("Default LLM provider").select_option("bedrock")
        await page.get_by_label("Default model").select_option(HAIKU)
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("alert")).to_have_text(
            "You do not have permission to manage LLM providers"
        )
        assert (await default(base_url))[0] == "port"


async def test_by_keyboard_alone(browser: Browser, base_url: str) -> None:
    async with signed_in(browser, base_url, Role.ADMIN) as page:

        async def tab_to(name: str) -> None:
            for _ in range(20):
                await page.keyboard.press("Tab")
                focused = page.locator(":focus")
                assert await focused.evaluate("one => getComputedStyle(one).outlineStyle") != "none"
                if name in (await focused.get_attribute("id"), (await focused.inner_text()).strip()):
                    return
            raise AssertionError(f"the keyboard does not reach {name}")

        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await page.keyboard.press("Enter")
        await tab_to("provider")
        await page.keyboard.type("AWS")
        await tab_to("model")
        await page.keyboard.type("claude-h")
        await tab_to("Save")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_have_text("The default is saved.")
        assert await default(base_url) == ("bedrock", HAIKU)

        await page.goto(f"{base_url}/ui/secrets")
        await tab_to("+ Secret")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("New secret")
        await tab_to("secretName")
        await page.keyboard.type("by-keyboard")
        await tab_to("secretValue")
        await page.keyboard.type("value")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("by-keyboard")
        await page.goto(f"{base_url}/ui/secrets/by-keyboard")
        await tab_to("Delete this secret")
        await page.keyboard.press("Enter")
        await tab_to("Delete by-keyboard")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_have_text("The secret is deleted.")


async def test_a_secrets_value_is_seen_once(browser: Browser, base_url: str) -> None:
    async with signed_in(browser, base_url, Role.ADMIN) as page:
        await page.get_by_role("link", name="Secrets").click()
        await page.get_by_role("link", name="Secret", exact=False).filter(has_text="+").click()
        await page.get_by_label("Name").fill("has spaces")
        await page.get_by_label("Value").fill("canary")
        await page.get_by_role("button", name="Create").click()
        assert page.url.endswith("/ui/new-secret")  # the browser itself says what is wrong
        await page.get_by_label("Name").fill("api-key")
        await page.get_by_role("button", name="Create").click()
        await expect(page.get_by_role("group", name="Value")).to_have_text("canary")
        await page.get_by_role("link", name="Done").click()
        assert "canary" not in await page.content()
        await page.go_back()
        assert "canary" not in await page.content()
        await page.goto(f"{base_url}/ui/secrets/api-key")
        await page.get_by_label("New value").fill("other")
        await page.get_by_label("Description").fill("of the platform team")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("listitem").filter(has_text="api-key")).to_contain_text("platform team")


async def test_html_in_every_text_is_text(browser: Browser, base_url: str) -> None:
    async with api(base_url) as client:
        answers = [
            await client.patch(
                "/v1/organization/secrets/external-id", json={"description": f"{HOSTILE:.200}"}
            ),
            await client.put(
                "/v1/llm-providers/azure-openai",
                json={
                    "config": {
                        "apiKeySecretName": HOSTILE,
                        "resourceName": HOSTILE,
                        "deploymentId": HOSTILE,
                    }
                },
            ),
            await client.put(
                "/v1/llm-providers/openai-compatible",
                json={
                    "config": {HOSTILE: {HOSTILE: HOSTILE}},
                    "overrides": {"models": {HOSTILE: {"enabled": True}}},
                },
            ),
            await client.put(
                "/v1/llm-providers/defaults", json={"provider": "openai-compatible", "model": HOSTILE}
            ),
            await client.patch("/v1/organization", json={"name": HOSTILE}),
        ]
        assert {answer.status_code for answer in answers} == {200}
        await client.delete(f"/v1/organization/secrets/{HOSTILE[:20]}")
        await client.post("/v1/llm-providers", json={"provider": HOSTILE, "enabled": True})
    async with signed_in(browser, base_url, Role.ADMIN) as page:
        for path in ("ai", "secrets", "secrets/external-id", "audit", "access", "new-secret"):
            await page.goto(f"{base_url}/ui/{path}")
            await expect(page.get_by_text(HOSTILE).first).to_be_visible()
            assert await page.locator("script, main img, svg[onload]").count() == 0
        await page.goto(f"{base_url}/ui/ai?done={HOSTILE}")
        await page.goto(f"{base_url}/ui/audit?before={HOSTILE}")
        await page.goto(f"{base_url}/ui/access?scope={HOSTILE}")
        await page.goto(f"{base_url}/ui/{HOSTILE}")
        await expect(page.get_by_role("alert")).to_have_text("There is no such page.")


async def test_a_page_of_another_site_cannot_use_the_session(browser: Browser, base_url: str) -> None:

    async def attack(scope: Any, receive: Any, send: Any) -> None:
        page = f'''<form method="post" action="{base_url}/ui/secrets/external-id/delete">
            <button>Go</button></form><iframe src="{base_url}/ui/ai"></iframe>'''
        await HTMLResponse(page)(scope, receive, send)

    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(base_url)
    await page.get_by_label("Client ID").fill("admin-id")
    await page.get_by_label("Client secret").fill("admin-secret")
    await page.get_by_role("button", name="Sign in").click()
    # Another port of this machine: the same site, so that the cookie is sent.
    async with http_server.serving(attack) as other:
        await page.goto(f"http://127.0.0.1:{other}/")
        assert "Acme" not in "".join([await frame.content() for frame in page.frames])
        await page.get_by_role("button", name="Go").click()
        await expect(page.get_by_text("Only for forms on the pages of")).to_be_visible()
    await context.close()
    async with api(base_url) as client:
        assert (await client.get("/v1/organization/secrets/external-id")).status_code == 200


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
async def test_everybody_can_use_it(browser: Browser, base_url: str, width: int, scheme: str) -> None:
    """axe-core finds nothing, and nothing but a picture or a table is wider than the screen."""
    axe = pytest.importorskip("axe_playwright_python.async_playwright").Axe()
    options = {"viewport": {"width": width, "height": 740}, "color_scheme": scheme}
    async with signed_in(browser, base_url, Role.ADMIN, **options) as page:
        await page.get_by_role("button", name="Save").click()
        for path in (
            *("ai?done=default", "secrets", "secrets/external-id", "new-secret"),
            *("audit", "access", "sign-in", "none"),
        ):
            await page.goto(f"{base_url}/ui/{path}")
            for details in await page.locator("details").all():
                await details.evaluate("one => one.open = true")
            found = (await axe.run(page)).response["violations"]
            assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == [], path
            assert await page.evaluate("document.documentElement.scrollWidth") == width, path
