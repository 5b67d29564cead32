"""Port's side of a test: answers in a row, over httpx.MockTransport."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from port_byollm.client.port import PortClient

Answer = httpx.Response | type[Exception] | Callable[[httpx.Request], httpx.Response]


@dataclass
class Port:
    """Gives `answers` in order to everything but token requests, and keeps what was asked."""

    answers: list[Answer] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    now: float = 0.0
    tokens: int = 0
    expires_in: float = 3600
    token: str = "token"

    def handle(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/auth/access_token":
            self.tokens += 1
            token = {"ok": True, "accessToken": f"{self.token}-{self.tokens}", "expiresIn": self.expires_in}
            return httpx.Response(200, json={**token, "tokenType": "Bearer"})
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, type):
            raise answer("lost")
        return answer if isinstance(answer, httpx.Response) else answer(request)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    @property
    def asked(self) -> list[tuple[str, str]]:
        return [(request.method, request.url.path) for request in self.requests]

    def body(self, index: int = -1) -> dict[str, Any]:
        return dict(json.loads(self.requests[index].content))

    def client(self, base_url: str = "https://api.port.io") -> PortClient:
        return PortClient(
            base_url,
            "the-client-id",
            "the-client-secret",
            transport=httpx.MockTransport(self.handle),
            sleep=self.sleep,
            clock=lambda: self.now,
        )


@pytest.fixture
def port() -> Port:
    return Port()
