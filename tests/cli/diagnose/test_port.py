"""Whose it is when Port does not answer as it should."""

from collections.abc import Callable

import httpx
import pytest

from port_byollm.cli.diagnose.finding import Fault, Side
from port_byollm.cli.diagnose.port import walk
from port_byollm.cli.doctor.finding import Verdict
from port_byollm.cli.stack.state import State
from port_byollm.client.port import PortClient

TOKEN = {"ok": True, "accessToken": "token", "expiresIn": 3600, "tokenType": "Bearer"}


def cut_off(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("cut off", request=request)


def answering(status: int, **answer: object) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, **answer)  # type: ignore[arg-type]  # of httpx's own keywords


@pytest.mark.parametrize(
    ("answer", "side"),
    [
        (answering(503, json={"ok": False, "error": "unavailable"}), Side.PORT),
        (answering(502, text="<html>Bad gateway</html>"), Side.PORT),
        (answering(429, headers={"Retry-After": "600"}, json={"ok": False}), Side.PORT),
        (answering(200, text="<html>Welcome</html>"), Side.OURS),
        (answering(401, json={"ok": False, "error": "unauthorized"}), Side.OURS),
        (answering(403, json={"ok": False, "error": "forbidden"}), Side.OURS),
        (answering(418, json={"ok": False, "error": "teapot"}), None),
        (cut_off, None),
    ],
)
async def test_a_refusal_ends_the_walk_and_names_its_side(
    answer: Callable[[httpx.Request], httpx.Response], side: Side | None
) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=TOKEN) if "access_token" in request.url.path else answer(request)

    async def at_once(_: float) -> None:
        pass

    async with PortClient(
        "https://api.port.io", "id", "canary", transport=httpx.MockTransport(handle), sleep=at_once
    ) as client:
        [finding] = [finding async for finding in walk(client, State([]), {}, "up")]

    assert finding.subject == "token"
    assert finding.verdict is (Verdict.PROBLEM if side else Verdict.UNKNOWN)
    assert (finding.side if isinstance(finding, Fault) else None) is side
    assert finding.next_step
    assert "canary" not in finding.found
