"""The provider, which dispatches each call to its resource."""

from functools import partial
from pathlib import Path

from pulumi.provider.experimental.provider import (
    CheckFailure,
    CheckRequest,
    CheckResponse,
    ConfigureRequest,
    ConfigureResponse,
    CreateRequest,
    CreateResponse,
    DeleteRequest,
    DiffRequest,
    DiffResponse,
    GetSchemaRequest,
    GetSchemaResponse,
    Provider,
    ReadRequest,
    ReadResponse,
    UpdateRequest,
    UpdateResponse,
)

from port_byollm.client.base_url import parse_base_url
from port_byollm.errors import ConfigError
from port_byollm.plugin.connection import CONFIG_KEYS, Connection
from port_byollm.plugin.external_id import ExternalId
from port_byollm.plugin.llm_defaults import LlmDefaults
from port_byollm.plugin.llm_provider import LlmProvider
from port_byollm.plugin.ownership import Ownership
from port_byollm.plugin.resource import Resource, Urn, differences
from port_byollm.plugin.secret import Secret
from port_byollm.plugin.serving import (
    CONFIGURED,
    DiffRequestWithInputs,
    PluginError,
    UpdateRequestWithInputs,
)
from port_byollm.plugin.target import Target
from port_byollm.plugin.values import plain, wrap

# Inputs that the engine adds to a provider's.
_ENGINE_KEYS = frozenset({"version", "pluginDownloadURL", "pluginChecksums", "__internal"})


class PortProvider(Provider):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        kinds: tuple[type[Resource], ...] = (ExternalId, LlmDefaults, LlmProvider, Secret)
        self._target = Target(connection)
        self._resources: dict[str, Resource] = {
            **{kind.token: kind(connection) for kind in kinds},
            Ownership.token: Ownership(connection, self._target),
        }
        # URNs that the program has registered. The engine also calls `diff` for what it only refreshes.
        self._registered: set[str] = set()
        # Type and id of everything that the program still has, under any name.
        self._kept: set[tuple[str, str | None]] = set()

    def _resource(self, urn: str) -> Resource:
        token = Urn(urn).token
        if token not in self._resources:
            raise PluginError(
                f"{token} is not a resource of port-byollm; it has {', '.join(self._resources)}"
            )
        return self._resources[token]

    async def _before(self, request: CreateRequest | UpdateRequest) -> None:
        """Check the target before a call that may write; at preview, only warn."""
        if request.preview:
            obstacle = partial(self._resource(request.urn).obstacle, request)
            await self._target.advise(request.urn, obstacle)
        else:
            await self._target.check()

    async def cancel(self) -> None:
        self._connection.cancel()

    async def get_schema(self, request: GetSchemaRequest) -> GetSchemaResponse:
        return GetSchemaResponse(Path(__file__).with_name("schema.json").read_text(encoding="utf-8"))

    async def check_config(self, request: CheckRequest) -> CheckResponse:
        inputs = dict(request.new_inputs)
        failures = [
            CheckFailure(
                key, f"port-byollm:{key} is not a setting; there are {', '.join(sorted(CONFIG_KEYS))}"
            )
            for key in sorted(inputs.keys() - CONFIG_KEYS - _ENGINE_KEYS)
        ]
        base_url = plain(inputs).get("baseUrl")
        if isinstance(base_url, str):
            try:
                parse_base_url(base_url)
            except ConfigError as error:
                failures.append(CheckFailure(error.field, f"port-byollm:{error}"))
        if "clientSecret" in inputs:
            inputs["clientSecret"] = wrap(inputs["clientSecret"], secret=True)
        return CheckResponse(inputs=inputs, failures=failures)

    async def diff_config(self, request: DiffRequest) -> DiffResponse:
        return differences(plain(request.old_state), plain(request.new_inputs), sorted(CONFIG_KEYS))

    async def configure(self, request: ConfigureRequest) -> ConfigureResponse:
        self._connection.configure(plain(request.args))
        return CONFIGURED

    async def check(self, request: CheckRequest) -> CheckResponse:
        self._registered.add(request.urn)
        return await self._resource(request.urn).check(request)

    async def diff(self, request: DiffRequest) -> DiffResponse:
        assert isinstance(request, DiffRequestWithInputs)  # noqa: S101  created by `serving`
        resource = self._resource(request.urn)
        response = await resource.diff(request)
        if request.urn in self._registered and not response.replaces:
            self._kept.add((resource.token, request.resource_id))
        return response

    async def create(self, request: CreateRequest) -> CreateResponse:
        await self._before(request)
        resource = self._resource(request.urn)
        response = await resource.create(request)
        self._kept.add((resource.token, response.resource_id))
        return response

    async def read(self, request: ReadRequest) -> ReadResponse:
        await self._target.check()
        return await self._resource(request.urn).read(request)

    async def update(self, request: UpdateRequest) -> UpdateResponse:
        assert isinstance(request, UpdateRequestWithInputs)  # noqa: S101
        await self._before(request)
        return await self._resource(request.urn).update(request)

    async def delete(self, request: DeleteRequest) -> None:
        resource = self._resource(request.urn)
        if (resource.token, request.resource_id) in self._kept:
            return  # only the state's entry is removed: the thing was renamed, or replaced by itself
        await self._target.check_removal()
        await resource.delete(request)
