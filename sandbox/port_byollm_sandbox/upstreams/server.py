"""All upstreams behind one loopback port, each under its provider's name as the path."""

import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from port_byollm.catalogue import models_for
from port_byollm_sandbox import http_server
from port_byollm_sandbox.upstreams import anthropic, azure_openai, openai
from port_byollm_sandbox.upstreams.upstream import Upstream

ROUTES: Mapping[str, Callable[[Upstream], list[BaseRoute]]] = {
    "openai": openai.routes,
    "anthropic": anthropic.routes,
    "azure-openai": azure_openai.routes,
}
"""Port's name of the provider -> its API."""


class Upstreams(Mapping[str, Upstream]):
    """Port's name of a provider -> its upstream, which has its own key and the models that Port lists."""

    def __init__(self, api_keys: Mapping[str, str] | None = None) -> None:
        """`api_keys`: keys of an earlier run, by provider; a provider without one gets a new key."""
        self._upstreams = {
            provider: Upstream((api_keys or {}).get(provider) or _new_key(provider), models_for(provider))
            for provider in ROUTES
        }
        self._port: int | None = None

    def __getitem__(self, provider: str) -> Upstream:
        return self._upstreams[provider]

    def __iter__(self) -> Iterator[str]:
        return iter(self._upstreams)

    def __len__(self) -> int:
        return len(self._upstreams)

    def base_url(self, provider: str) -> str:
        """Return the URL before `/v1` (for `azure-openai`, before the resource's name).

        Raises RuntimeError outside of `serving()`.
        """
        if self._port is None:
            raise RuntimeError("the upstreams are not running; enter serving() first")
        return f"http://127.0.0.1:{self._port}/{provider}"

    def reset(self) -> None:
        """Restore the initial state of every upstream, its initial key included."""
        for upstream in self.values():
            upstream.reset()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        app = Starlette(
            routes=[Mount(f"/{provider}", routes=ROUTES[provider](self[provider])) for provider in self]
        )
        async with http_server.serving(app) as self._port:
            try:
                yield
            finally:
                self._port = None


def _new_key(provider: str) -> str:
    return f"sandbox-{provider}-{secrets.token_urlsafe(24)}"
