"""Whatever listens does so on loopback, unless told otherwise in so many words."""

import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from port_byollm_sandbox import lifecycle
from port_byollm_sandbox.port_emulator import __main__ as emulator
from port_byollm_sandbox.port_emulator.loopback import LoopbackOnly
from port_byollm_sandbox.sandbox import Sandbox

from .port_emulator.process import EmulatorProcess

LISTEN = "0A"
LOOPBACK = ("0100007F", "00000000000000000000000001000000")
"""127.0.0.1 and ::1, as the kernel writes them."""


def listening(pid: int) -> list[str]:
    """The addresses that a process listens on (proc(5), /proc/net/tcp)."""
    links = [entry.readlink() for entry in Path(f"/proc/{pid}/fd").iterdir() if entry.is_symlink()]
    inodes = {str(link)[len("socket:[") : -1] for link in links if str(link).startswith("socket:")}
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    return [row[1].partition(":")[0] for row in rows if row[3] == LISTEN and row[9] in inodes]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    yield lifecycle.start(tmp_path)
    lifecycle.stop(tmp_path)


def test_the_sandbox_listens_on_loopback_alone(sandbox: Sandbox) -> None:
    addresses = listening(sandbox.pid)
    assert len(addresses) >= 4  # Port, AWS, upstreams, the plugin
    assert set(addresses) <= set(LOOPBACK)


def test_the_emulator_listens_on_loopback_alone(tmp_path: Path) -> None:
    process = EmulatorProcess(tmp_path)
    try:
        addresses = listening(process.process.pid)
    finally:
        process.end(signal.SIGTERM)
    assert addresses == ["0100007F", "0100007F"]


@pytest.mark.parametrize(
    ("arguments", "host"), [([], "127.0.0.1"), (["--listen-publicly"], emulator.EVERYWHERE)]
)
def test_only_so_many_words_make_it_public(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], host: str
) -> None:
    hosts = []

    async def serve(directory: Path, host: str, port: int, aws_endpoint_url: str | None) -> None:
        hosts.append(host)

    monkeypatch.setattr(emulator, "serve", serve)
    done = CliRunner().invoke(emulator.main, ["--directory", str(tmp_path), *arguments])
    assert (done.exit_code, hosts) == (0, [host])


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {"Host": "[::1]:8080"}, 200),
        ("127.0.0.1", {"Host": "localhost:8080"}, 200),
        ("127.0.0.1", {"Sec-Fetch-Site": "none"}, 200),
        ("192.0.2.1", {}, 403),
        ("127.0.0.1", {"Host": "evil.example"}, 403),
        ("127.0.0.1", {"Host": "localhost.evil.example:8080"}, 403),
        ("127.0.0.1", {"Origin": "https://evil.example"}, 403),
        ("127.0.0.1", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("127.0.0.1", {"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
async def test_the_control_plane_is_for_programs_here(
    client: str, headers: dict[str, str], status: int
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("here")(scope, receive, send)

    transport = httpx.ASGITransport(LoopbackOnly(app), client=(client, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as asking:
        assert (await asking.get("/_emulator/requests", headers=headers)).status_code == status
