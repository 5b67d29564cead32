"""The script that the engine starts, end to end."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

import port_byollm_sandbox.aws_plugin
from port_byollm_sandbox.aws.server import AwsServer
from port_byollm_sandbox.aws_plugin.host import PluginHost

PLUGIN = Path(port_byollm_sandbox.aws_plugin.__file__).parent / "bin" / "pulumi-resource-aws"


@pytest.fixture
async def address(server: AwsServer) -> AsyncIterator[str]:
    host = PluginHost(server.endpoint_url)
    yield await host.start()
    await host.stop()


async def started(address: str | None, *before: str) -> asyncio.subprocess.Process:
    environment = {"PATH": os.environ["PATH"], "PORT_BYOLLM_SANDBOX_PYTHON": sys.executable}
    if address:
        environment["PORT_BYOLLM_SANDBOX_AWS_PLUGIN"] = address
    return await asyncio.create_subprocess_exec(
        *before,
        str(PLUGIN),
        "127.0.0.1:1",
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def port_of(process: asyncio.subprocess.Process) -> int:
    assert process.stdout is not None
    return int(await asyncio.wait_for(process.stdout.readline(), 10))


async def answers(port: int) -> bool:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            info = await provider_pb2_grpc.ResourceProviderStub(channel).GetPluginInfo(empty_pb2.Empty())
        except grpc.aio.AioRpcError:
            return False
        return bool(info.version)


async def eventually_silent(port: int) -> bool:
    for _ in range(50):
        if not await answers(port):
            return True
        await asyncio.sleep(0.05)
    return False


async def test_each_process_gets_a_provider_that_ends_with_it(address: str) -> None:
    one, other = await started(address), await started(address)
    ports = await port_of(one), await port_of(other)
    assert ports[0] != ports[1]
    assert await answers(ports[0])
    one.kill()
    await one.wait()
    assert await eventually_silent(ports[0])
    assert await answers(ports[1])
    other.terminate()
    await other.wait()
    assert await eventually_silent(ports[1])


async def test_process_ends_when_the_engine_was_killed(address: str) -> None:
    shell = await started(address, "/bin/sh", "-c", '"$0" "$1" & echo $! >&2; wait')
    assert shell.stderr is not None
    plugin = int(await shell.stderr.readline())
    port = await port_of(shell)
    shell.kill()
    try:
        assert await eventually_silent(port)
        # Ends only when the pipes that the plugin inherited are closed, too.
        await asyncio.wait_for(shell.wait(), 5)
    finally:
        with suppress(ProcessLookupError):
            os.kill(plugin, signal.SIGKILL)


async def test_process_ends_with_the_sandbox(server: AwsServer) -> None:
    host = PluginHost(server.endpoint_url)
    process = await started(await host.start())
    await port_of(process)
    await host.stop()
    assert await asyncio.wait_for(process.wait(), 5) == 0


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (None, "PORT_BYOLLM_SANDBOX_AWS_PLUGIN is not set"),
        ("127.0.0.1:1", "no sandbox answers at 127.0.0.1:1"),
    ],
)
async def test_without_a_sandbox_it_says_so(address: str | None, said: str) -> None:
    process = await started(address)
    _, stderr = await process.communicate()
    assert process.returncode == 1
    assert stderr.decode().startswith(f"port-byollm sandbox's aws plugin: {said}")
    assert stderr.count(b"\n") == 1


async def test_stranger_on_the_port_does_no_harm(address: str) -> None:
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    assert await reader.read() == b""
    writer.close()
    process = await started(address)
    assert await answers(await port_of(process))
    process.kill()
    await process.wait()
