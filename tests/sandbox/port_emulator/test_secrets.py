import logging
import re
from pathlib import Path

import httpx
import pytest

CANARY = "canary-4f1d0c"
PATH = "/v1/organization/secrets"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def contents(directory: Path) -> list[bytes]:
    return [file.read_bytes() for file in directory.iterdir()]


def modes(directory: Path) -> dict[str, str]:
    return {file.name: oct(file.stat().st_mode & 0o777) for file in directory.iterdir()}


async def test_a_life_without_ever_showing_the_value(
    admin: httpx.AsyncClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    body = {"secretName": "external-id", "secretValue": CANARY, "description": "for Bedrock"}
    created = await admin.post(PATH, json=body)
    assert created.status_code == 201
    secret = created.json()["secret"]
    assert (secret["secretName"], secret["description"]) == ("external-id", "for Bedrock")
    assert TIME.fullmatch(secret["createdAt"])
    assert not any(CANARY.encode() in content for content in contents(tmp_path))
    assert secret["updatedAt"] == secret["createdAt"]

    read = await admin.get(f"{PATH}/external-id")
    assert read.json() == {"ok": True, "secret": secret}
    listed = await admin.get(PATH)
    assert listed.json() == {"ok": True, "secrets": [secret]}

    changed = await admin.patch(f"{PATH}/external-id", json={"secretValue": f"{CANARY}-2"})
    assert changed.json()["secret"]["description"] == "for Bedrock"
    assert changed.json()["secret"]["updatedAt"] > secret["updatedAt"]

    deleted = await admin.delete(f"{PATH}/external-id")
    assert (deleted.status_code, deleted.json()) == (200, {"ok": True})
    assert (await admin.get(f"{PATH}/external-id")).status_code == 404
    assert (await admin.delete(f"{PATH}/external-id")).status_code == 404

    assert all(CANARY not in answer.text for answer in (created, read, listed, changed, deleted))
    assert CANARY not in caplog.text
    assert not any(CANARY.encode() in content for content in contents(tmp_path))


async def test_files_are_for_their_owner_alone(admin: httpx.AsyncClient, tmp_path: Path) -> None:
    assert modes(tmp_path) == dict.fromkeys(("emulator.db", "emulator.db-wal", "emulator.key"), "0o600")


async def test_a_name_is_taken_once(admin: httpx.AsyncClient) -> None:
    body = {"secretName": "one", "secretValue": "v"}
    assert (await admin.post(PATH, json=body)).status_code == 201
    answer = await admin.post(PATH, json=body)
    assert (answer.status_code, answer.json()["error"]) == (409, "secret_already_exists")


@pytest.mark.parametrize(
    "body",
    [
        {"secretName": "", "secretValue": "v"},
        {"secretName": "a b", "secretValue": "v"},
        {"secretName": "a\n", "secretValue": "v"},
        {"secretName": "x" * 101, "secretValue": "v"},
        {"secretName": "a", "secretValue": "v", "description": "x" * 201},
        {"secretName": "a"},
        {"secretName": "a", "secretValue": 5},
        {"secretName": "a", "secretValue": "v", "value": "v"},
    ],
)
async def test_refuses_what_the_openapi_refuses(admin: httpx.AsyncClient, body: dict[str, object]) -> None:
    answer = await admin.post(PATH, json=body)
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_request")


async def test_a_fault_does_not_quote_the_value(admin: httpx.AsyncClient) -> None:
    answer = await admin.post(PATH, json={"secretName": "a", "secretValue": [CANARY]})
    assert answer.status_code == 422
    assert CANARY not in answer.text
    broken = await admin.post(
        PATH,
        content=f'{{"secretName": "a", "secretValue": "{CANARY}"',
        headers={"Content-Type": "application/json"},
    )
    assert broken.status_code == 422
    assert CANARY not in broken.text
