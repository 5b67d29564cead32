"""The plugin over real gRPC, in this process, against the sandbox's AWS."""

import os
from collections.abc import AsyncIterator, Mapping
from typing import Any

import boto3
import grpc
import pytest
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from port_byollm.plugin import serving
from port_byollm.plugin.values import plain, wrap
from port_byollm_sandbox.aws.server import AwsServer
from port_byollm_sandbox.aws_plugin.provider import AwsProvider
from port_byollm_sandbox.aws_plugin.session import Clients

ACCOUNT = "111122223333"
REGION = "eu-west-1"


class Engine:
    """The engine's side of one provider. Properties are plain data, or `PropertyValue`s where secret."""

    def __init__(self, port: int):
        self.channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self.channel)

    async def configure(self, **config: Any) -> None:
        arguments = _struct({"region": REGION} | config)
        await self._stub.Configure(provider_pb2.ConfigureRequest(args=arguments, acceptSecrets=True))

    async def check(
        self,
        kind: str,
        inputs: Mapping[str, Any],
        olds: Mapping[str, Any] | None = None,
        name: str = "thing",
    ) -> Any:
        request = provider_pb2.CheckRequest(
            urn=_urn(kind, name), news=_struct(inputs), olds=_struct(olds or {}), randomSeed=os.urandom(32)
        )
        return await self._stub.Check(request)

    async def checked(
        self, kind: str, inputs: Mapping[str, Any], olds: Mapping[str, Any] | None = None
    ) -> dict[str, PropertyValue]:
        response = await self.check(kind, inputs, olds)
        assert not response.failures
        return PropertyValue.unmarshal_map(response.inputs)

    async def create(
        self, kind: str, inputs: Mapping[str, Any], preview: bool = False
    ) -> tuple[str, dict[str, PropertyValue]]:
        request = provider_pb2.CreateRequest(urn=_urn(kind), properties=_struct(inputs), preview=preview)
        response = await self._stub.Create(request)
        return response.id, PropertyValue.unmarshal_map(response.properties)

    async def made(self, kind: str, inputs: Mapping[str, Any]) -> "Resource":
        """Checked and created."""
        checked = await self.checked(kind, inputs)
        resource_id, outputs = await self.create(kind, checked)
        return Resource(self, kind, resource_id, checked, outputs)

    async def diff(self, kind: str, resource_id: str, olds: Any, news: Any) -> Any:
        request = provider_pb2.DiffRequest(
            urn=_urn(kind), id=resource_id, olds=_struct(olds), news=_struct(news)
        )
        return await self._stub.Diff(request)

    async def update(
        self, kind: str, resource_id: str, olds: Any, news: Any, preview: bool = False
    ) -> dict[str, PropertyValue]:
        request = provider_pb2.UpdateRequest(
            urn=_urn(kind), id=resource_id, olds=_struct(olds), news=_struct(news), preview=preview
        )
        return PropertyValue.unmarshal_map((await self._stub.Update(request)).properties)

    async def read(
        self, kind: str, resource_id: str, state: Any = None, inputs: Any = None
    ) -> tuple[str, dict[str, PropertyValue], dict[str, PropertyValue]]:
        """Id (empty: gone), outputs, inputs; without state it is an import."""
        request = provider_pb2.ReadRequest(
            urn=_urn(kind), id=resource_id, properties=_struct(state or {}), inputs=_struct(inputs or {})
        )
        response = await self._stub.Read(request)
        return (
            response.id,
            PropertyValue.unmarshal_map(response.properties),
            PropertyValue.unmarshal_map(response.inputs),
        )

    async def delete(self, kind: str, resource_id: str, state: Any) -> None:
        request = provider_pb2.DeleteRequest(urn=_urn(kind), id=resource_id, properties=_struct(state))
        await self._stub.Delete(request)

    async def invoke(self, token: str, **arguments: Any) -> Any:
        request = provider_pb2.InvokeRequest(tok=token, args=_struct(arguments))
        response = await self._stub.Invoke(request)
        return plain(PropertyValue.unmarshal_map(getattr(response, "return")))


class Resource:
    """A resource in a stack's state: its inputs and outputs as the engine keeps them."""

    def __init__(self, engine: Engine, kind: str, resource_id: str, inputs: Any, outputs: Any):
        self._engine = engine
        self.kind, self.id, self.inputs, self.wire = kind, resource_id, inputs, outputs

    @property
    def outputs(self) -> Any:
        return plain(self.wire)

    async def diff(self, **inputs: Any) -> Any:
        return await self._engine.diff(self.kind, self.id, self.wire, await self._changed(inputs))

    async def update(self, **inputs: Any) -> None:
        changed = await self._changed(inputs)
        self.wire = await self._engine.update(self.kind, self.id, self.wire, changed)
        self.inputs = changed

    async def refresh(self) -> bool:
        """Whether it is still there."""
        self.id, self.wire, self.inputs = await self._engine.read(self.kind, self.id, self.wire, self.inputs)
        return bool(self.id)

    async def delete(self) -> None:
        await self._engine.delete(self.kind, self.id, self.wire)

    async def _changed(self, inputs: Mapping[str, Any]) -> Any:
        """The program's inputs with these changes (None: left out), as checked."""
        program = {key: value for key, value in self.inputs.items() if key != "__defaults"}
        if "__defaults" in self.inputs:
            program.pop("name", None)
        program = {key: value for key, value in {**program, **inputs}.items() if value is not None}
        return await self._engine.checked(self.kind, program, self.inputs)


def _struct(properties: Mapping[str, Any]) -> Any:
    return PropertyValue.marshal_map({key: wrap(value) for key, value in properties.items()})


def _urn(kind: str, name: str = "thing") -> str:
    # Below components, as resources of a stack are: their types come first.
    return f"urn:pulumi:local::byollm::port-byollm:index:Connection${kind}::{name}"


@pytest.fixture
def server(aws: AwsServer) -> AwsServer:
    return aws


@pytest.fixture(scope="session")
def shared_clients() -> Clients:
    return Clients()


@pytest.fixture
async def unconfigured(server: AwsServer, shared_clients: Clients) -> AsyncIterator[Engine]:
    grpc_server, port = await serving.start(AwsProvider(shared_clients, server.endpoint_url), "7.51.1")
    engine = Engine(port)
    yield engine
    await engine.channel.close()
    await grpc_server.stop(None)


@pytest.fixture
async def engine(unconfigured: Engine) -> Engine:
    await unconfigured.configure()
    return unconfigured


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    return boto3.Session("key", "secret", region_name=REGION)


@pytest.fixture
def iam(session: boto3.Session, server: AwsServer) -> Any:
    """AWS behind the plugin's back."""
    return session.client("iam", endpoint_url=server.endpoint_url)


@pytest.fixture
def bedrock(session: boto3.Session, server: AwsServer) -> Any:
    return session.client("bedrock", endpoint_url=server.endpoint_url)


@pytest.fixture
def secretsmanager(session: boto3.Session, server: AwsServer) -> Any:
    return session.client("secretsmanager", endpoint_url=server.endpoint_url)
