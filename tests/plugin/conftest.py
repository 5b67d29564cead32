"""The plugin over real gRPC, before the Port emulator; and what the engine does with a resource."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc
from starlette.types import ASGIApp

from port_byollm.plugin import serving
from port_byollm.plugin.connection import Connection
from port_byollm.plugin.provider import PortProvider
from port_byollm.plugin.values import plain, wrap
from port_byollm_sandbox.port_emulator.app import Tenant, create_app
from port_byollm_sandbox.port_emulator.organizations import Credential, Organization, Role

ADMIN = Credential("admin-id", "admin-secret-canary")
MEMBER = Credential("member-id", "member-secret-canary")
Properties = dict[str, PropertyValue]


@dataclass
class Port(httpx.AsyncBaseTransport):
    """The emulator; connection tests answer from `verdicts` (model -> message) until these are used up."""

    app: ASGIApp
    calls: list[tuple[str, str]] = field(default_factory=list)
    verdicts: list[dict[str, str]] = field(default_factory=list)
    lose: list[str] = field(default_factory=list)
    """Methods whose next answer is lost."""

    def __post_init__(self) -> None:
        self._inner = httpx.ASGITransport(app=self.app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.startswith(("/v1/auth", "/_emulator")):
            self.calls.append((request.method, request.url.path))
        if request.url.params.get("validate_connection") == "true":
            if self.verdicts:
                tested = {
                    name: {"isValid": False, "message": text} for name, text in self.verdicts.pop(0).items()
                }
                error = {"name": "LLMProviderModelTestError", "message": "Connection test failed"}
                answer = {"ok": False, "error": {**error, "details": {"testedModels": tested}}}
                return httpx.Response(400, json=answer)
            # AWS is not part of these tests.
            request.url = request.url.copy_set_param("validate_connection", "false")
        response = await self._inner.handle_async_request(request)
        if request.method in self.lose:
            self.lose.remove(request.method)
            raise httpx.ReadTimeout("lost")
        return response

    @property
    def methods(self) -> list[str]:
        return [method for method, _ in self.calls]


class Log(engine_pb2_grpc.EngineServicer):
    """The engine's side of warnings."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def Log(self, request: Any, context: Any) -> Any:  # noqa: N802  named by the protocol
        assert request.severity == engine_pb2.WARNING
        self.lines.append(request.message)
        from google.protobuf import empty_pb2

        return empty_pb2.Empty()


@dataclass
class Resource:
    """One resource of a stack, taken through its life as the engine does it."""

    stub: provider_pb2_grpc.ResourceProviderStub
    token: str
    name: str = "it"
    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    id: str = ""

    @property
    def urn(self) -> str:
        return f"urn:pulumi:dev::byollm::{self.token}::{self.name}"

    @property
    def state(self) -> dict[str, Any]:
        return dict(plain(self.outputs))

    async def check(self, program: Mapping[str, Any]) -> tuple[Properties, dict[str, str]]:
        answer = await self.stub.Check(
            provider_pb2.CheckRequest(
                urn=self.urn, olds=struct(self.inputs), news=struct(wrapped(program)), randomSeed=b"seed"
            )
        )
        return PropertyValue.unmarshal_map(answer.inputs), {
            failure.property: failure.reason for failure in answer.failures
        }

    async def diff(self, news: Properties) -> Any:
        return await self.stub.Diff(
            provider_pb2.DiffRequest(
                urn=self.urn,
                id=self.id,
                olds=struct(self.outputs),
                news=struct(news),
                old_inputs=struct(self.inputs),
            )
        )

    async def up(self, program: Mapping[str, Any], preview: bool = False) -> str:
        """`pulumi up`: what was done (create, same, update, replace). A preview keeps nothing."""
        news, failures = await self.check(program)
        assert not failures, failures
        if not self.id:
            answer = await self.stub.Create(
                provider_pb2.CreateRequest(urn=self.urn, properties=struct(news), preview=preview)
            )
            if preview:
                self.previewed = (answer.id, plain(PropertyValue.unmarshal_map(answer.properties)))
                return "create"
            self.keep(news, answer.properties, answer.id)
            return "create"
        difference = await self.diff(news)
        if difference.changes == provider_pb2.DiffResponse.DIFF_NONE:
            if not preview:
                self.inputs = news  # the engine keeps new inputs even where nothing changes, and old outputs
            return "same"
        if difference.replaces:
            return "replace"
        answer = await self.stub.Update(
            provider_pb2.UpdateRequest(
                urn=self.urn,
                id=self.id,
                olds=struct(self.outputs),
                news=struct(news),
                old_inputs=struct(self.inputs),
                preview=preview,
            )
        )
        if not preview:
            self.keep(news, answer.properties, self.id)
        return "update"

    async def read(self, resource_id: str = "") -> bool:
        """`pulumi refresh`, or `pulumi import` of `resource_id`; whether it is there."""
        answer = await self.stub.Read(
            provider_pb2.ReadRequest(
                urn=self.urn,
                id=resource_id or self.id,
                properties=struct(self.outputs),
                inputs=struct(self.inputs),
            )
        )
        self.keep(PropertyValue.unmarshal_map(answer.inputs), answer.properties, answer.id)
        return bool(answer.id)

    async def delete(self) -> None:
        await self.stub.Delete(
            provider_pb2.DeleteRequest(urn=self.urn, id=self.id, properties=struct(self.outputs))
        )

    def keep(self, inputs: Properties, outputs: struct_pb2.Struct, resource_id: str) -> None:
        self.inputs, self.outputs, self.id = inputs, PropertyValue.unmarshal_map(outputs), resource_id

    def in_the_clear(self) -> str:
        """The state as text, with what is secret left out."""
        return json.dumps([_redacted(self.inputs), _redacted(self.outputs)])


def _redacted(properties: Properties) -> Any:
    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            if value.get("4dabf18193072939515e22adb298388d") == "1b47061264138c4ac30d75fd1eb44270":
                return "[secret]"
            return {key: strip(item) for key, item in value.items()}
        return [strip(item) for item in value] if isinstance(value, list) else value

    return strip(json_format.MessageToDict(struct(properties)))


def wrapped(program: Mapping[str, Any]) -> Properties:
    return {key: wrap(value) for key, value in program.items() if value is not None}


def struct(properties: Properties) -> struct_pb2.Struct:
    return PropertyValue.marshal_map(properties)


class Clock:
    """Time passes when somebody waits; where it is stopped, that takes for ever."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []
        self.stopped = False
        self.waited_for = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
        self.waited_for.set()
        if self.stopped:
            await asyncio.Event().wait()


@dataclass
class Plugin:
    stub: provider_pb2_grpc.ResourceProviderStub
    provider: PortProvider
    port: Port
    warnings: list[str]
    clock: Clock

    @property
    def waits(self) -> list[float]:
        return self.clock.waits

    def restart(self) -> None:
        """What a new process would know of the run before: nothing."""
        vars(self.provider).update(vars(PortProvider(self.provider._connection)))

    async def configure(self, **settings: str) -> None:
        """A run of its own, with these settings of the provider; what they leave out is the environment's."""
        self.restart()
        args = struct(wrapped(settings))
        await self.stub.Configure(provider_pb2.ConfigureRequest(args=args, acceptSecrets=True))

    def resource(self, kind: str, name: str = "it") -> Resource:
        return Resource(self.stub, f"port-byollm:index:{kind}", name)

    async def behind_its_back(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """A call to Port by somebody else."""
        credentials = ADMIN.to_json()
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.port.app), base_url="http://127.0.0.1"
        ) as client:
            token = (await client.post("/v1/auth/access_token", json=credentials)).json()["accessToken"]
            headers = {"authorization": f"Bearer {token}"}
            answer = await client.request(method, path, json=body, headers=headers)
        assert answer.status_code < 300 or answer.status_code == 404, answer.text
        return dict(answer.json()) if answer.content else {}


@pytest.fixture
async def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Plugin]:
    monkeypatch.setenv("PORT_BASE_URL", "http://127.0.0.1")
    monkeypatch.setenv("PORT_CLIENT_ID", ADMIN.client_id)
    monkeypatch.setenv("PORT_CLIENT_SECRET", ADMIN.client_secret)
    tenant = Tenant(Organization("org", "acme", "eu"), {Role.ADMIN: ADMIN, Role.MEMBER: MEMBER})
    port = Port(create_app(tmp_path, tenant, "http://127.0.0.1:1"))
    log, clock = Log(), Clock()
    async with AsyncExitStack() as stack:
        engine = grpc.aio.server()
        engine_pb2_grpc.add_EngineServicer_to_server(log, engine)
        engine_address = f"127.0.0.1:{engine.add_insecure_port('127.0.0.1:0')}"
        await engine.start()
        stack.push_async_callback(engine.stop, 0)
        connection = Connection(engine_address, transport=port, sleep=clock.sleep, clock=lambda: clock.now)
        provider = PortProvider(connection)
        server, number = await serving.start(provider, "1.0.0", engine_address)
        stack.push_async_callback(server.stop, 0)
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(f"127.0.0.1:{number}"))
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        plugin = Plugin(stub, provider, port, log.lines, clock)
        await plugin.configure()
        yield plugin
        if connection._port:
            await connection._port.close()
