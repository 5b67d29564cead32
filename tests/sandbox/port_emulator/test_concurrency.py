import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from port_byollm_sandbox import http_server
from port_byollm_sandbox.port_emulator import validation
from port_byollm_sandbox.port_emulator.organizations import Credential, Role

from .conftest import CREDENTIALS

PATH = "/v1/llm-providers/openai"
TESTED = {"validate_connection": "true"}


def openai(secret: str) -> dict[str, Any]:
    return {"config": {"apiKeySecretName": secret}}


class SlowTest:
    """A connection test that lasts until it is let go."""

    def __init__(self) -> None:
        self.times = 0
        self.begun = asyncio.Event()
        self.go = asyncio.Event()

    async def __call__(self, *_: object) -> None:
        self.times += 1
        self.begun.set()
        await self.go.wait()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> SlowTest:
    slow = SlowTest()
    monkeypatch.setattr(validation, "test_connection", slow)
    return slow


@pytest.fixture
async def served(app: Starlette) -> AsyncIterator[Callable[[Credential], Awaitable[httpx.AsyncClient]]]:
    """Logs in over a real socket."""
    async with http_server.serving(app) as port:
        clients = []

        async def log_in(credential: Credential) -> httpx.AsyncClient:
            client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20)
            clients.append(client)
            answer = await client.post("/v1/auth/access_token", json=credential.to_json())
            client.headers["Authorization"] = f"Bearer {answer.json()['accessToken']}"
            return client

        yield log_in
        for client in clients:
            await client.aclose()


@pytest.fixture
async def client(served: Callable[[Credential], Awaitable[httpx.AsyncClient]]) -> httpx.AsyncClient:
    return await served(CREDENTIALS[Role.ADMIN])


async def test_of_two_that_create_one_is_refused(client: httpx.AsyncClient, slow: SlowTest) -> None:
    requests = [
        asyncio.create_task(
            client.post(
                "/v1/llm-providers", params=TESTED, json={"provider": "openai", **openai(f"key-{number}")}
            )
        )
        for number in range(2)
    ]
    await asyncio.wait_for(slow.begun.wait(), 5)
    await asyncio.sleep(0.1)
    assert slow.times == 1
    slow.go.set()
    first, second = sorted(await asyncio.gather(*requests), key=lambda answer: answer.status_code)
    assert (first.status_code, second.status_code) == (201, 400)
    assert "already exists" in second.json()["message"]
    saved = (await client.get(PATH)).json()["result"]
    assert saved["config"] == first.json()["result"]["config"]


async def test_a_change_that_keeps_the_configuration_keeps_the_newest(
    client: httpx.AsyncClient, slow: SlowTest
) -> None:
    await client.put(PATH, json=openai("old"))
    keeping = asyncio.create_task(client.put(PATH, params=TESTED, json={"enabled": False}))
    await asyncio.wait_for(slow.begun.wait(), 5)
    replacing = asyncio.create_task(client.put(PATH, json=openai("new")))
    await asyncio.sleep(0.1)
    slow.go.set()
    assert [(await one).status_code for one in (keeping, replacing)] == [200, 200]
    assert (await client.get(PATH)).json()["result"]["config"] == {"apiKeySecretName": "new"}


async def test_what_is_deleted_does_not_come_back(client: httpx.AsyncClient, slow: SlowTest) -> None:
    await client.put(PATH, json=openai("old"))
    changing = asyncio.create_task(client.put(PATH, params=TESTED, json={"enabled": False}))
    await asyncio.wait_for(slow.begun.wait(), 5)
    deleting = asyncio.create_task(client.delete(PATH))
    await asyncio.sleep(0.1)
    slow.go.set()
    assert (await changing).status_code == 200
    assert (await deleting).status_code == 204
    assert (await client.get(PATH)).status_code == 404


async def test_a_test_keeps_nobody_else_waiting(
    client: httpx.AsyncClient,
    served: Callable[[Credential], Awaitable[httpx.AsyncClient]],
    slow: SlowTest,
) -> None:
    created = await client.post("/_emulator/organizations", json={"id": "other"})
    other = await served(Credential(*created.json()["admin"].values()))
    testing = asyncio.create_task(client.put(PATH, params=TESTED, json=openai("one")))
    await asyncio.wait_for(slow.begun.wait(), 5)
    assert (await other.put(PATH, json=openai("two"))).status_code == 200
    assert (await client.put("/v1/llm-providers/anthropic", json=openai("three"))).status_code == 200
    assert not testing.done()
    slow.go.set()
    assert (await testing).status_code == 200


async def test_a_refused_test_leaves_the_provider_to_the_next(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await client.put(PATH, params=TESTED, json=openai("none"))).status_code == 400
    assert (await client.put(PATH, json=openai("one"))).status_code == 200


async def test_writers_of_one_secret_leave_one_of_their_values(
    client: httpx.AsyncClient, app: Starlette
) -> None:
    await client.post("/v1/organization/secrets", json={"secretName": "one", "secretValue": "0"})
    answers = await asyncio.gather(
        *(
            client.patch("/v1/organization/secrets/one", json={"secretValue": str(n), "description": str(n)})
            for n in range(1, 30)
        )
    )
    assert {answer.status_code for answer in answers} == {200}
    secret = app.state.context.store.secrets.get("acme", "one")
    assert app.state.context.store.secrets.value("acme", "one") == secret.description


async def test_a_blocking_test_of_a_connection_does_not_block_the_loop(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The real one asks AWS with boto3, which blocks: it must do so in a thread.
    def blocks(*_: object) -> dict[str, str | None]:
        time.sleep(0.5)
        return {}

    monkeypatch.setattr(validation.bedrock, "test", blocks)
    config = {"roleArn": "arn:aws:iam::111122223333:role/gateway", "region": "eu-west-1"}
    testing = asyncio.create_task(
        client.put("/v1/llm-providers/bedrock", params=TESTED, json={"config": config})
    )
    await asyncio.sleep(0.1)
    began = time.monotonic()
    assert (await client.get("/v1/organization")).status_code == 200
    assert time.monotonic() - began < 0.3
    assert not testing.done()
    assert (await testing).status_code == 200
