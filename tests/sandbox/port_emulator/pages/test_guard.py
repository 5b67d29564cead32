"""Who may ask for a page, and what a page may do in a browser."""

import re

import httpx
import pytest
from starlette.applications import Starlette
from tests.sandbox.port_emulator.conftest import ORIGIN

PAGES = (
    *("/ui/ai", "/ui/secrets", "/ui/secrets/kept", "/ui/new-secret", "/ui/audit", "/ui/access"),
    *("/ui/sign-in", "/ui/no-such-page"),
)


@pytest.fixture
async def browser(admin: httpx.AsyncClient, admin_browser: httpx.AsyncClient) -> httpx.AsyncClient:
    """With a secret, so that there is something to show."""
    await admin.post("/v1/organization/secrets", json={"secretName": "kept", "secretValue": "v"})
    return admin_browser


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_may_run_no_script_and_be_in_no_frame(browser: httpx.AsyncClient, page: str) -> None:
    headers = (await browser.get(page)).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_is_whole_by_itself(browser: httpx.AsyncClient, page: str) -> None:
    text = (await browser.get(page)).text
    assert "<script" not in text
    assert not re.search(r"\s(on\w+|style)=", text)
    loaded = re.findall(r'<(?:link|img)[^>]+(?:href|src)="([^"]+)"', text)
    assert {*loaded} == {"/ui/icon.svg", "/ui/style.css"}
    assert not re.findall(r"url\(|@import", (await browser.get("/ui/style.css")).text)


@pytest.mark.parametrize(
    ("page", "kilobytes"), [("/ui/ai", 6), ("/ui/secrets", 4), ("/ui/audit", 6), ("/ui/style.css", 16)]
)
async def test_a_page_is_light(browser: httpx.AsyncClient, page: str, kilobytes: int) -> None:
    assert len((await browser.get(page)).content) < kilobytes * 1024


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:80@evil.example", ""])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_another_host_name_is_refused(browser: httpx.AsyncClient, method: str, host: str) -> None:
    answer = await browser.request(method, "/ui/ai", headers={"Host": host, "Origin": f"http://{host}"})
    assert answer.status_code == 403
    assert "Acme" not in answer.text


@pytest.mark.parametrize("port", ["99999", "\u00b2", "0", "1" * 5000])
async def test_an_odd_port_is_no_failure(browser: httpx.AsyncClient, port: str) -> None:
    host = f"127.0.0.1:{port}".encode("latin-1")
    assert (await browser.get("/ui/ai", headers={b"Host": host})).status_code in (200, 403)


async def test_another_machine_is_refused(app: Starlette) -> None:
    transport = httpx.ASGITransport(app, client=("192.0.2.1", 1234))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        assert (await client.get("/ui/sign-in")).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:8080"},
        {"Origin": "https://127.0.0.1"},
        {"Origin": "http://localhost"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
@pytest.mark.parametrize("path", ["/ui/secrets", "/ui/secrets/kept/delete", "/ui/ai", "/ui/sign-out"])
async def test_another_sites_form_does_nothing(
    browser: httpx.AsyncClient, admin: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    form = {"secretName": "planted", "secretValue": "v", "provider": "port", "model": "gpt-5"}
    answer = await browser.post(path, data=form, headers=headers)
    assert answer.status_code == 403
    assert [one["secretName"] for one in await secrets(admin)] == ["kept"]
    defaults = (await admin.get("/v1/llm-providers/defaults")).json()["result"]
    assert "updatedAt" not in defaults
    assert (await browser.get("/ui/ai")).url.path == "/ui/ai"


async def test_a_form_without_an_origin_does_nothing(
    browser: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    del browser.headers["Origin"]
    assert (await browser.post("/ui/secrets/kept/delete")).status_code == 403
    assert await secrets(admin)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"\xff\xfe", 400),
        (b"secretName=%ff", 400),
        (b"&".join([b"a=b"] * 100), 400),
        (b"a" * ((1 << 20) + 1), 413),
        (b"", 422),
        (b"secretName=a&secretValue=%00", 201),
    ],
)
async def test_odd_forms_are_answered_by_a_page(
    browser: httpx.AsyncClient, content: bytes, status: int
) -> None:
    answer = await browser.post("/ui/secrets", content=content)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")


async def test_pages_are_no_requests_to_port_but_what_they_ask_is(
    browser: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    await browser.get("/ui/secrets")
    requests = (await anonymous.get("/_emulator/requests")).json()["requests"]
    assert not [one for one in requests if one["path"].startswith("/ui")]
    assert {"method": "GET", "path": "/v1/organization/secrets", "status": 200} in requests


async def test_a_fault_of_the_api_is_told(browser: httpx.AsyncClient, anonymous: httpx.AsyncClient) -> None:
    for fault in ({"status": 503}, {"drop": "request"}, {"status": 502, "body": "<h1>Bad gateway</h1>"}):
        await anonymous.post("/_emulator/faults", json={"path": "/v1/organization/secrets", **fault})
        answer = await browser.get("/ui/secrets")
        assert answer.status_code >= 500
        assert "That did not work" in answer.text
    assert (await browser.get("/ui/secrets")).status_code == 200


async def secrets(admin: httpx.AsyncClient) -> list[dict[str, str]]:
    found: list[dict[str, str]] = (await admin.get("/v1/organization/secrets")).json()["secrets"]
    return found
