"""The server over real gRPC, and the plugin process as the engine starts it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CheckRequest,
    CheckResponse,
    DiffRequest,
    DiffResponse,
    PropertyDiff,
    PropertyDiffKind,
    Provider,
)
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from port_byollm.plugin import serving


class Failing(Provider):
    def __init__(self, error: Exception) -> None:
        self.error = error

    async def check(self, request: CheckRequest) -> CheckResponse:
        raise self.error

    async def diff_config(self, request: DiffRequest) -> DiffResponse:
        return DiffResponse(
            changes=True, detailed_diff={"baseUrl": PropertyDiff(PropertyDiffKind.UPDATE, True)}
        )


@asynccontextmanager
async def served(provider: Provider) -> AsyncIterator[provider_pb2_grpc.ResourceProviderStub]:
    server, port = await serving.start(provider, "1.2.3")
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)
    await server.stop(0)


async def status_of_check(error: Exception) -> grpc.aio.AioRpcError:
    async with served(Failing(error)) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Check(provider_pb2.CheckRequest(urn="urn:pulumi:s::p::a:b:C::n"))
    return caught.value


async def test_what_is_written_and_not_complete_is_kept_by_the_engine() -> None:
    outputs = {"name": PropertyValue("invoke")}
    status = await status_of_check(serving.InitializationError("AWS said no", "the-id", outputs))

    assert (status.code(), status.details()) == (grpc.StatusCode.UNKNOWN, "AWS said no")
    details = dict(status.trailing_metadata() or ())["grpc-status-details-bin"]
    failed = provider_pb2.ErrorResourceInitFailed()
    assert status_pb2.Status.FromString(details).details[0].Unpack(failed)
    assert (failed.id, failed.reasons) == ("the-id", ["AWS said no"])
    assert PropertyValue.unmarshal_map(failed.properties) == outputs


async def test_plugin_error_arrives_in_its_own_words() -> None:
    status = await status_of_check(serving.PluginError("Port said no.\n  really"))
    assert (status.code(), status.details()) == (grpc.StatusCode.UNKNOWN, "Port said no.\n  really")


async def test_any_other_error_arrives_on_one_line_with_its_type() -> None:
    status = await status_of_check(KeyError("a\nb"))
    assert (status.code(), status.details()) == (grpc.StatusCode.UNKNOWN, "KeyError: 'a\\nb'")


@pytest.mark.parametrize("method", ["Invoke", "Handshake"])
async def test_calls_that_are_not_implemented_say_so_to_the_engine(method: str) -> None:
    requests = {
        "Invoke": provider_pb2.InvokeRequest(tok="a:b:c"),
        "Handshake": provider_pb2.ProviderHandshakeRequest(),
    }
    async with served(Failing(RuntimeError())) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await getattr(stub, method)(requests[method])
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_diff_config_with_a_detailed_diff_is_a_change() -> None:
    async with served(Failing(RuntimeError())) as stub:
        answer = await stub.DiffConfig(provider_pb2.DiffRequest())
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(answer.diffs) == ["baseUrl"]


async def test_plugin_info_has_the_version() -> None:
    async with served(Failing(RuntimeError())) as stub:
        assert (await stub.GetPluginInfo(empty_pb2.Empty())).version == "1.2.3"


# The process. Its parent is a stand-in for the engine: a shell that listens nowhere but can be killed.

PLUGIN = """
from pulumi.provider.experimental.provider import Provider
from port_byollm.plugin import serving
serving.main(lambda engine: Provider())
"""


@pytest.fixture
def engine_address() -> Iterator[str]:
    """A port that accepts, as the engine's does."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def start_under_an_engine(address: str) -> tuple["subprocess.Popen[str]", int]:
    """A parent process with the plugin as its child; returns the parent and the plugin's pid."""
    child = f"import subprocess,sys; p=subprocess.Popen([sys.executable,'-c',{PLUGIN!r},{address!r}]); " + (
        "print(p.pid, flush=True); p.wait()"
    )
    parent = subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    return parent, int(parent.stdout.readline())


def gone(pid: int, within: float = 5) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
                return True
            os.kill(pid, 0)
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


def test_process_ends_when_the_engine_is_killed(engine_address: str) -> None:
    parent, pid = start_under_an_engine(engine_address)
    assert parent.stdout
    assert int(parent.stdout.readline()) > 0  # the port: it serves
    parent.kill()
    parent.wait()
    ended = gone(pid)
    if not ended:
        os.kill(pid, signal.SIGKILL)
    parent.stdout.close()
    assert ended


def test_process_ends_when_the_engine_was_gone_before_it_began() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PLUGIN, "127.0.0.1:1"], capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_process_ends_at_once_and_quietly_on(number: signal.Signals, engine_address: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PLUGIN, engine_address],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    process.stdout.readline()
    process.send_signal(number)
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (-number, "")
