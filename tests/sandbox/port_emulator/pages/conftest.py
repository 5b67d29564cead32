from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from starlette.applications import Starlette
from tests.sandbox.port_emulator.conftest import CREDENTIALS, ORIGIN

from port_byollm_sandbox.port_emulator.organizations import Credential, Role

Browse = Callable[[Credential], Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def browse(app: Starlette) -> AsyncIterator[Browse]:
    """Signs in as a browser does, with a cookie and an `Origin` from then on."""
    clients = []

    async def browse(credential: Credential) -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url=ORIGIN,
            headers={"Origin": ORIGIN},
            follow_redirects=True,
        )
        clients.append(client)
        answer = await client.post("/ui/sign-in", data=credential.to_json())
        assert answer.url.path == "/ui/ai"
        return client

    yield browse
    for client in clients:
        await client.aclose()


@pytest.fixture
async def admin_browser(browse: Browse) -> httpx.AsyncClient:
    return await browse(CREDENTIALS[Role.ADMIN])


@pytest.fixture
async def member_browser(browse: Browse) -> httpx.AsyncClient:
    return await browse(CREDENTIALS[Role.MEMBER])
