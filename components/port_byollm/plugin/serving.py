"""Serve a provider over gRPC, in this process or as a plugin process that the engine starts.

Beyond the SDK's own servicer, errors keep their own text, `DiffConfig` returns the provider's result, diff
and update get the old inputs, and a plugin process ends with its engine.
"""

import argparse
import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import grpc
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    ConfigureResponse,
    DiffRequest,
    DiffResponse,
    Provider,
    UpdateRequest,
)
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from port_byollm.errors import PortByollmError
from port_byollm.plugin import VERSION

# Seconds between checks that the engine is still running.
_PARENT_POLL = 0.25


class PluginError(PortByollmError):
    """A failure whose text is shown to the user unchanged."""


class InitializationError(PluginError):
    """A resource was created, but its initialization failed.

    The state keeps it with `outputs`, and the next update completes it.
    """

    def __init__(self, text: str, resource_id: str, outputs: Mapping[str, PropertyValue]):
        super().__init__(text)
        self.resource_id, self.outputs = resource_id, outputs


CONFIGURED = ConfigureResponse(accept_secrets=True, supports_preview=True)
"""The response of `configure`. It accepts neither output values nor resource references, because the SDK
crashes on an unknown output and drops a reference's id. The engine then sends plain values and ids."""


class _ErrorText(grpc.aio.ServerInterceptor):  # type: ignore[misc]  # grpc has no type stubs
    """End a failed call with the exception's own text instead of grpc's `Unexpected <class …>: …`."""

    async def intercept_service(self, continuation: Any, details: Any) -> Any:
        handler = await continuation(details)
        if handler is None or handler.unary_unary is None:
            return handler

        async def call(request: Any, context: Any) -> Any:
            try:
                return await handler.unary_unary(request, context)
            except grpc.aio.AbortError:
                raise
            except NotImplementedError as error:
                # The engine probes for optional calls, and does without them only on this status.
                await context.abort(grpc.StatusCode.UNIMPLEMENTED, str(error))
            except InitializationError as error:
                await context.abort_with_status(_initialization_failed(error))
            except PortByollmError as error:
                await context.abort(grpc.StatusCode.UNKNOWN, str(error))
            except Exception as error:  # noqa: BLE001  the process boundary: report everything
                # The engine prints a plugin's stderr unchanged.
                traceback.print_tb(error.__traceback__)
                text = " ".join(f"{type(error).__name__}: {error}".split())
                await context.abort(grpc.StatusCode.UNKNOWN, text)

        return grpc.unary_unary_rpc_method_handler(
            call,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )


def _initialization_failed(error: InitializationError) -> grpc.Status:
    """Return the status for `Create` and `Update` (pulumi, proto/pulumi/provider.proto)."""
    whole = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(error))
    whole.details.add().Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=error.resource_id,
            properties=PropertyValue.marshal_map(dict(error.outputs)),
            reasons=[str(error)],
        )
    )
    status = grpc.Status()
    status.code, status.details = grpc.StatusCode.UNKNOWN, str(error)
    status.trailing_metadata = (("grpc-status-details-bin", whole.SerializeToString()),)
    return status


class DiffRequestWithInputs(DiffRequest):
    """A `DiffRequest` with the inputs of the last update, which the SDK leaves out."""

    old_inputs: dict[str, PropertyValue]


class UpdateRequestWithInputs(UpdateRequest):
    """An `UpdateRequest` with the inputs of the last update, which the SDK leaves out."""

    old_inputs: dict[str, PropertyValue]


class _Servicer(ProviderServicer):
    async def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802  named by the protocol
        response = await self._provider.diff(_diff_request(request))
        answer = _diff_response(response)
        answer.hasDetailedDiff = True
        for path, difference in response.detailed_diff.items():
            answer.detailedDiff[path].kind = difference.kind.value
            answer.detailedDiff[path].inputDiff = difference.input_diff
        return answer

    async def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Replace the SDK's, which crashes on a detailed diff and sends "changed" as "unchanged"."""
        return _diff_response(await self._provider.diff_config(_diff_request(request)))

    async def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        wanted = UpdateRequestWithInputs(
            request.urn,
            request.id,
            PropertyValue.unmarshal_map(request.olds),
            PropertyValue.unmarshal_map(request.news),
            request.timeout,
            list(request.ignoreChanges),
            request.preview,
        )
        wanted.old_inputs = PropertyValue.unmarshal_map(request.old_inputs)
        response = await self._provider.update(wanted)
        return provider_pb2.UpdateResponse(properties=PropertyValue.marshal_map(response.properties))


def _diff_request(request: Any) -> DiffRequestWithInputs:
    wanted = DiffRequestWithInputs(
        request.urn,
        request.id,
        PropertyValue.unmarshal_map(request.olds),
        PropertyValue.unmarshal_map(request.news),
        list(request.ignoreChanges),
    )
    wanted.old_inputs = PropertyValue.unmarshal_map(request.old_inputs)
    return wanted


def _diff_response(response: DiffResponse) -> Any:
    kinds = provider_pb2.DiffResponse
    return provider_pb2.DiffResponse(
        changes={None: kinds.DIFF_UNKNOWN, True: kinds.DIFF_SOME, False: kinds.DIFF_NONE}[response.changes],
        diffs=response.diffs or list(response.detailed_diff),
        replaces=response.replaces,
        stables=response.stables,
        deleteBeforeReplace=response.delete_before_replace,
    )


async def start(provider: Provider, version: str, engine_address: str = "") -> tuple[grpc.aio.Server, int]:
    """Serve `provider` on a free port of 127.0.0.1; return the running server and the port."""
    server = grpc.aio.server(options=_GRPC_CHANNEL_OPTIONS, interceptors=[_ErrorText()])
    servicer = _Servicer([], version, provider, engine_address=engine_address)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, port


def main(make_provider: Callable[[str], Provider], version: str = VERSION) -> None:
    """Run a plugin process: print the port, and serve until interrupted or until the engine ends.

    `make_provider` gets the engine's address (host:port). SIGINT and SIGTERM end the process at once.
    """
    # At its end, the engine interrupts its plugins and waits, so the interpreter's shutdown would delay every
    # run. No call is in progress then. Ctrl-C in a terminal does not arrive here: plugins run in process
    # groups of their own, and the engine calls `Cancel` to end their calls.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parser = argparse.ArgumentParser(description="A Pulumi resource plugin; the engine starts it.")
    parser.add_argument("engine", help="address of the engine's gRPC server")
    arguments, _ = parser.parse_known_args()
    asyncio.run(_serve(make_provider, version, arguments.engine))


async def _serve(make_provider: Callable[[str], Provider], version: str, engine_address: str) -> None:
    # A process whose parent dies gets another one, which shows that the engine was killed (SIGKILL). If it
    # died before this line, its port is closed.
    parent = os.getppid()
    if not await _answers(engine_address):
        return
    server, port = await start(make_provider(engine_address), version, engine_address)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    while os.getppid() == parent:  # noqa: ASYNC110  there is no event to wait for
        await asyncio.sleep(_PARENT_POLL)
    await server.stop(None)


async def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except (OSError, ValueError):
        return False
    writer.close()
    return True
