import httpx
import pytest
from tests.sandbox.port_emulator.conftest import CREDENTIALS, ORIGIN
from tests.sandbox.port_emulator.pages.conftest import Browse

from port_byollm_sandbox.port_emulator.organizations import Role

ADMIN = CREDENTIALS[Role.ADMIN]
FROM_HERE = {"Origin": ORIGIN}


async def link(anonymous: httpx.AsyncClient) -> str:
    """What `sign_in_link` makes of the answer."""
    answer = await anonymous.post("/v1/auth/access_token", json=ADMIN.to_json())
    return f"/ui/enter?token={answer.json()['accessToken']}"


async def test_the_root_leads_to_the_pages(anonymous: httpx.AsyncClient) -> None:
    for path in ("/", "/ui/"):
        answer = await anonymous.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/ui/ai")


@pytest.mark.parametrize("page", ["ai", "secrets", "secrets/x", "new-secret", "audit", "access"])
async def test_who_is_not_signed_in_is_asked_to(anonymous: httpx.AsyncClient, page: str) -> None:
    answer = await anonymous.get(f"/ui/{page}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/ui/sign-in")


@pytest.mark.parametrize("path", ["ai", "secrets", "secrets/x", "secrets/x/delete", "sign-out"])
async def test_no_form_does_anything_without_a_session(anonymous: httpx.AsyncClient, path: str) -> None:
    answer = await anonymous.post(
        f"/ui/{path}", data={"secretName": "a", "secretValue": "b"}, headers=FROM_HERE
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/ui/sign-in")


async def test_a_wrong_secret_is_told_and_not_shown(anonymous: httpx.AsyncClient) -> None:
    form = {"clientId": '"><b>me', "clientSecret": "canary-secret"}
    answer = await anonymous.post("/ui/sign-in", data=form, headers=FROM_HERE)
    assert answer.status_code == 401
    assert "The client id or the client secret is wrong" in answer.text
    assert 'value="&#34;&gt;&lt;b&gt;me"' in answer.text
    assert "canary-secret" not in answer.text
    assert "Set-Cookie" not in answer.headers


async def test_the_cookie_is_of_the_pages_alone(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.post("/ui/sign-in", data=ADMIN.to_json(), headers=FROM_HERE)
    name, _, flags = answer.headers["Set-Cookie"].partition("=")
    assert name == "port-emulator-80"
    assert flags.partition("; ")[2] == "HttpOnly; Path=/ui; SameSite=strict"


async def test_two_emulators_have_two_cookies(anonymous: httpx.AsyncClient) -> None:
    origin = f"{ORIGIN}:8080"
    answer = await anonymous.post(f"{origin}/ui/sign-in", data=ADMIN.to_json(), headers={"Origin": origin})
    assert answer.headers["Set-Cookie"].startswith("port-emulator-8080=")


async def test_a_link_signs_in_once(anonymous: httpx.AsyncClient) -> None:
    path = await link(anonymous)
    first = await anonymous.get(path)
    assert (first.status_code, first.headers["Location"]) == (303, "/ui/ai")
    assert "Acme" in (await anonymous.get("/ui/ai")).text
    anonymous.cookies.clear()
    second = await anonymous.get(path)
    assert second.status_code == 401
    assert "This link has been used" in second.text
    assert "Set-Cookie" not in second.headers


async def test_the_token_of_a_used_link_is_worth_nothing(anonymous: httpx.AsyncClient) -> None:
    path = await link(anonymous)
    headers = {"Authorization": f"Bearer {path.partition('=')[2]}"}
    assert (await anonymous.get("/v1/organization", headers=headers)).status_code == 200
    await anonymous.get(path)
    assert (await anonymous.get("/v1/organization", headers=headers)).status_code == 401


async def test_a_session_ends_with_signing_out(browse: Browse) -> None:
    browser = await browse(ADMIN)
    [token] = [cookie.value for cookie in browser.cookies.jar]
    headers = {"Authorization": f"Bearer {token}"}
    assert (await browser.get("/v1/organization", headers=headers)).status_code == 200
    assert (await browser.post("/ui/sign-out")).url.path == "/ui/sign-in"
    assert not [*browser.cookies.jar]
    assert (await browser.get("/v1/organization", headers=headers)).status_code == 401


async def test_a_session_lasts_as_long_as_a_token(
    anonymous: httpx.AsyncClient, admin_browser: httpx.AsyncClient
) -> None:
    assert (await admin_browser.get("/ui/ai")).url.path == "/ui/ai"
    await anonymous.post("/_emulator/faults", json={"path": "/v1/*", "expireToken": True})
    assert (await admin_browser.get("/ui/ai")).url.path == "/ui/sign-in"
    assert (await admin_browser.get("/ui/audit")).url.path == "/ui/sign-in"
