"""Port's API by way of a proxy, under a certificate of the company's own authority."""

import os
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from port_byollm.client.errors import PortUnreachable
from port_byollm.client.port import PortClient
from port_byollm_sandbox import http_server

from .company import Network


@pytest.fixture
async def base_url(network: Network) -> AsyncIterator[str]:
    """Of a Port that can be had by way of the proxy alone."""

    def token(request: Request) -> JSONResponse:
        return JSONResponse({"ok": True, "accessToken": "t", "expiresIn": 60, "tokenType": "Bearer"})

    def defaults(request: Request) -> JSONResponse:
        return JSONResponse({"ok": True, "result": {"provider": "port", "model": "gpt-5"}})

    routes = [
        Route("/v1/auth/access_token", token, methods=["POST"]),
        Route("/v1/llm-providers/defaults", defaults),
    ]
    async with http_server.serving(Starlette(routes=routes)) as port:
        yield network.publish("port", port)


async def ask(base_url: str) -> tuple[str, int]:
    """The default provider, and how often the client waited to try again."""
    waits = 0

    async def sleep(seconds: float) -> None:
        nonlocal waits
        waits += 1

    async with PortClient(base_url, "client-id", "client-secret", sleep=sleep) as client:
        return (await client.llm_providers.get_defaults()).provider, waits


@pytest.fixture(autouse=True)
def environment(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        if name.lower().endswith("_proxy") or name.startswith("SSL_CERT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HTTPS_PROXY", network.proxy)
    monkeypatch.setenv("SSL_CERT_FILE", str(network.authority.certificate))


async def test_port_is_reached_by_the_proxy_and_trusted_by_the_authority(
    network: Network, base_url: str
) -> None:
    assert (await ask(base_url)) == ("port", 0)
    assert network.passed() == {"port"}


async def test_a_certificate_that_is_not_trusted_is_named_at_once(
    base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")

    with pytest.raises(PortUnreachable, match=r"unable to get local issuer certificate.*SSL_CERT_FILE"):
        await ask(base_url)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("HTTPS_PROXY", ""), ("NO_PROXY", ".acme.test"), ("HTTPS_PROXY", "http://127.0.0.1:9")],
)
async def test_without_a_proxy_that_answers_there_is_no_port(
    network: Network, base_url: str, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(PortUnreachable, match="HTTPS_PROXY"):
        await ask(base_url)
    assert network.passed() == set()
