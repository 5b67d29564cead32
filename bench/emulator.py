"""Benchmark Port's emulator against a bare Starlette application and moto's server, and its cost when full.

Each server is a process of its own. The same client calls them over loopback with the same number of
connections, in turn, so that a slow moment affects all. It prints the median of the rounds; a ratio is the
median of the rounds' ratios. Growth is the emulator's CPU time per request with 10,000 secrets in 100
organizations, over that with 10 secrets in 10.

    .venv/bin/python bench/emulator.py [ROUNDS]
"""

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from port_byollm_sandbox import http_server
from port_byollm_sandbox.port_emulator.organizations import Caller, Credential, Organization, Role
from port_byollm_sandbox.port_emulator.store import Store

CONNECTIONS = 8
REQUESTS = 1200
"""Requests of each kind in a round."""
SIZES = {"small": (10, 10), "full": (100, 10_000)}
"""Number of organizations, and of secrets in all of them."""
SECRETS = "/v1/organization/secrets"
PROVIDER = "/v1/llm-providers/openai"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def to_bytes(self, port: int) -> bytes:
        content = b"" if self.body is None else json.dumps(self.body).encode()
        headers = {
            "Host": f"127.0.0.1:{port}",
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
            **self.headers,
        }
        lines = [
            f"{self.method} {self.path} HTTP/1.1",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + content


@dataclass(frozen=True)
class Server:
    pid: int
    port: int
    calls: dict[str, Call]
    """Requests by kind."""

    def processor_seconds(self) -> float:
        """Return the CPU seconds used so far, including children (proc(5), /proc/pid/stat)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS


@dataclass(frozen=True)
class Measured:
    """One round: seconds of each request, of the whole round, and of the server's CPU time."""

    latencies: list[float]
    seconds: float
    processor_seconds: float

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def p99(self) -> float:
        """99th percentile of latency in milliseconds."""
        return statistics.quantiles(self.latencies, n=100)[98] * 1000

    @property
    def cost(self) -> float:
        """CPU time per request in microseconds."""
        return self.processor_seconds / len(self.latencies) * 1e6


async def ask(server: Server, call: Call, requests: int) -> Measured:
    """Send `requests` requests, on each connection the next one as soon as the last is answered."""
    message = call.to_bytes(server.port)
    remaining = iter(range(requests))
    latencies: list[float] = []

    async def connection() -> None:
        reader = writer = None
        for _ in remaining:
            began = time.perf_counter()
            if reader is None or writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(message)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            status = int(head.split(maxsplit=2)[1])
            if not 200 <= status < 300:
                raise RuntimeError(f"{call.method} {call.path}: {status}")
            length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            latencies.append(time.perf_counter() - began)
            if head.startswith(b"http/1.0") or b"connection: close" in head:
                writer.close()
                reader = writer = None
        if writer is not None:
            writer.close()

    processor, began = server.processor_seconds(), time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return Measured(latencies, time.perf_counter() - began, server.processor_seconds() - processor)


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with started:
        try:
            yield started
        finally:
            started.terminate()


@contextmanager
def emulator(directory: Path, organizations: int, secrets: int) -> Iterator[Server]:
    """Run the emulator with so many secrets in so many organizations, and one provider."""
    directory.mkdir()
    store = Store(directory)
    for number in range(organizations):
        # The emulator always has the first one.
        organization = Organization("sandbox" if number == 0 else f"o{number}", "Organization", "eu")
        store.organizations.create(organization, [(Role.ADMIN, Credential.random())])
        caller = Caller("bench", Role.ADMIN, organization)
        for secret in range(secrets // organizations):
            store.secrets.create(caller, f"s{secret}", "value", "A secret")
    store.close()
    with process("-m", "port_byollm_sandbox.port_emulator", "--directory", str(directory)) as started:
        assert started.stdout is not None  # noqa: S101 - for the type checker
        started.stdout.readline()
        access = json.loads((directory / "emulator.json").read_text())
        port = int(access["baseUrl"].rpartition(":")[2])
        token = Call("POST", "/v1/auth/access_token", access["admin"])
        headers = {"Authorization": f"Bearer {fetch(port, token)['accessToken']}"}
        config = {"config": {"apiKeySecretName": "s0"}}
        calls = {
            "read": Call("GET", f"{SECRETS}/s0", headers=headers),
            "write": Call("PATCH", f"{SECRETS}/s0", {"secretValue": "other"}, headers),
            "token": token,
            "register": Call("PUT", PROVIDER, config, headers),
            "provider": Call("GET", PROVIDER, headers=headers),
        }
        fetch(port, calls["register"])
        yield Server(started.pid, port, calls)


@contextmanager
def bare() -> Iterator[Server]:
    with process(__file__, "--bare") as started:
        assert started.stdout is not None  # noqa: S101 - for the type checker
        port = int(started.stdout.readline())
        yield Server(
            started.pid,
            port,
            {"read": Call("GET", "/"), "write": Call("PATCH", "/", {"secretValue": "other"})},
        )


@contextmanager
def moto() -> Iterator[Server]:
    """Run moto, with a Secrets Manager secret to read and to update."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def call(action: str, body: dict[str, Any]) -> Call:
        credential = "AWS4-HMAC-SHA256 Credential=test/20250101/eu-west-1/secretsmanager/aws4_request"
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"secretsmanager.{action}",
            "Authorization": f"{credential}, SignedHeaders=host, Signature=none",
        }
        return Call("POST", "/", body, headers)

    with process("-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)) as started:
        fetch(port, call("CreateSecret", {"Name": "s0", "SecretString": "v", "ClientRequestToken": "0" * 32}))
        calls = {
            "read": call("DescribeSecret", {"SecretId": "s0"}),
            "write": call(
                "UpdateSecret", {"SecretId": "s0", "SecretString": "other", "ClientRequestToken": "1" * 32}
            ),
        }
        yield Server(started.pid, port, calls)


def fetch(port: int, call: Call) -> Any:
    """Return the answer of a server that may still be starting."""
    import httpx

    transport = httpx.HTTPTransport(retries=8)
    with httpx.Client(transport=transport, trust_env=False, timeout=30) as client:
        answer = client.request(
            call.method, f"http://127.0.0.1:{port}{call.path}", json=call.body, headers=call.headers
        )
        return answer.raise_for_status().json()


async def serve_bare() -> None:
    """Serve the minimum for the same requests: read the body, and send an answer of the same size."""
    secret = {"secretName": "s0", "createdAt": "2025-01-01T00:00:00.000Z", "description": "A secret"}

    async def answer(request: Request) -> JSONResponse:
        await request.body()
        return JSONResponse({"ok": True, "secret": secret | {"updatedAt": secret["createdAt"]}})

    async with http_server.serving(Starlette(routes=[Route("/", answer, methods=["GET", "PATCH"])])) as port:
        print(port, flush=True)
        await asyncio.Event().wait()


async def measure(
    servers: dict[str, Server], kinds: list[str], rounds: int
) -> dict[tuple[str, str], list[Measured]]:
    """Return the rounds by server and kind of request."""
    for server in servers.values():
        for kind in kinds:  # warm-up: fill the caches
            await ask(server, server.calls[kind], REQUESTS // 4)
    measured: dict[tuple[str, str], list[Measured]] = {}
    for _ in range(rounds):
        for kind in kinds:
            for name, server in servers.items():
                measured.setdefault((name, kind), []).append(await ask(server, server.calls[kind], REQUESTS))
    return measured


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        small, full = (
            stack.enter_context(emulator(Path(directory, name), *size)) for name, size in SIZES.items()
        )
        beside = {"emulator": small, "bare": stack.enter_context(bare()), "moto": stack.enter_context(moto())}
        speed = asyncio.run(measure(beside, ["read", "write"], rounds))
        growth = asyncio.run(measure({"small": small, "full": full}, list(small.calls), rounds))

    names = " ".join(f"{name:>9}" for name in beside)
    print(f"{'requests/s':11} {names} {'/bare':>6} {'/moto':>6}   ({rounds} rounds)")
    for unit, quantity in (("", "rate"), (" p99 ms", "p99")):
        for kind in ("read", "write"):
            values = {name: [getattr(sample, quantity) for sample in speed[name, kind]] for name in beside}
            numbers = " ".join(f"{statistics.median(values[name]):9,.1f}" for name in beside)
            ratios = " ".join(
                f"{median_ratio(values['emulator'], values[other]):6.2f}" for other in ("bare", "moto")
            )
            print(f"{kind + unit:11} {numbers} {ratios}")
    print(f"\n{'µs/request':11} {'small':>9} {'full':>9} {'growth':>6}")
    for kind in small.calls:
        costs = {name: [sample.cost for sample in growth[name, kind]] for name in SIZES}
        numbers = " ".join(f"{statistics.median(costs[name]):9,.0f}" for name in SIZES)
        print(f"{kind:11} {numbers} {median_ratio(costs['full'], costs['small']):6.2f}")


def median_ratio(numerators: list[float], denominators: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(numerators, denominators, strict=True))


if __name__ == "__main__":
    if sys.argv[1:] == ["--bare"]:
        asyncio.run(serve_bare())
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
