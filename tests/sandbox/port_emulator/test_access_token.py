import httpx
import pytest


async def test_a_token_opens_the_api(anonymous: httpx.AsyncClient) -> None:
    credential = {"clientId": "admin-id", "clientSecret": "admin-secret"}
    answer = await anonymous.post("/v1/auth/access_token", json=credential)
    token = answer.json()
    assert answer.status_code == 200
    assert token == {
        "ok": True,
        "accessToken": token["accessToken"],
        "expiresIn": 3600,
        "tokenType": "Bearer",
    }
    authorization = {"Authorization": f"Bearer {token['accessToken']}"}
    assert (await anonymous.get("/v1/organization", headers=authorization)).json() == {
        "ok": True,
        "organization": {"id": "acme", "name": "Acme"},
    }


async def test_wrong_credentials_are_refused(anonymous: httpx.AsyncClient) -> None:
    for credential in (
        {"clientId": "admin-id", "clientSecret": "wrong"},
        {"clientId": "x", "clientSecret": "y"},
    ):
        answer = await anonymous.post("/v1/auth/access_token", json=credential)
        assert answer.status_code == 401
        assert answer.json()["ok"] is False
        assert answer.json()["error"] == "invalid_credentials"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"clientId": "a"}, "clientSecret is required"),
        ({"clientId": "a", "clientSecret": "b", "more": 1}, "more is not allowed"),
        ({"clientId": "a", "clientSecret": None}, "clientSecret: must not be null"),
        ({"clientId": 1, "clientSecret": "b"}, "clientId: Input should be a valid string"),
    ],
)
async def test_refuses_what_the_openapi_does_not_know(
    anonymous: httpx.AsyncClient, body: dict[str, object], message: str
) -> None:
    answer = await anonymous.post("/v1/auth/access_token", json=body)
    assert answer.status_code == 422
    assert answer.json() == {"ok": False, "error": "invalid_request", "message": message}


async def test_a_token_expires(anonymous: httpx.AsyncClient) -> None:
    await anonymous.patch("/_emulator/settings", json={"tokenSeconds": 0})
    credential = {"clientId": "admin-id", "clientSecret": "admin-secret"}
    token = (await anonymous.post("/v1/auth/access_token", json=credential)).json()
    assert token["expiresIn"] == 0
    authorization = {"Authorization": f"Bearer {token['accessToken']}"}
    answer = await anonymous.get("/v1/organization", headers=authorization)
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")


async def test_nothing_is_answered_without_a_token(anonymous: httpx.AsyncClient) -> None:
    for path in ("/v1/organization/secrets", "/v1/llm-providers", "/v1/llm-providers/defaults"):
        assert (await anonymous.get(path)).status_code == 401
        assert (await anonymous.get(path, headers={"Authorization": "Bearer nonsense"})).status_code == 401


async def test_a_body_over_one_mebibyte_is_too_large(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.post("/v1/auth/access_token", content=b"x" * (2 << 20))
    assert (answer.status_code, answer.json()["error"]) == (413, "payload_too_large")


async def test_unknown_paths_answer_in_ports_form(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/v1/nothing")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
