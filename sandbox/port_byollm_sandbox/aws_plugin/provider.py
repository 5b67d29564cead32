"""The provider: translates between the engine's requests and the resource types in `TYPES`."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError
from pulumi.provider.experimental.property_value import PropertyValue
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
    InvokeRequest,
    InvokeResponse,
    PropertyDiff,
    PropertyDiffKind,
    Provider,
    ReadRequest,
    ReadResponse,
    UpdateRequest,
    UpdateResponse,
)

from port_byollm.plugin.serving import CONFIGURED, InitializationError, PluginError
from port_byollm.plugin.values import plain, wrap
from port_byollm_sandbox.aws_plugin import bedrock, bedrockfoundation, iam
from port_byollm_sandbox.aws_plugin.functions import FUNCTIONS
from port_byollm_sandbox.aws_plugin.resource import DEFAULTS, ResourceType
from port_byollm_sandbox.aws_plugin.session import NAME, Aws, Clients, call, configure

TYPES: dict[str, ResourceType] = {
    row.pulumi_type: row
    for row in (
        iam.Policy(),
        iam.Role(),
        iam.RolePolicy(),
        iam.RolePolicyAttachment(),
        iam.User(),
        iam.UserPolicy(),
        iam.UserPolicyAttachment(),
        iam.AccessKey(),
        bedrock.Guardrail(),
        bedrock.GuardrailVersion(),
        bedrock.UseCaseForModelAccess(),
        bedrockfoundation.ModelAgreement(),
    )
}

# AWS's error codes for a resource that does not exist.
GONE = ("NoSuchEntity", "ResourceNotFoundException")

Wire = dict[str, PropertyValue]


class AwsProvider(Provider):
    """One provider of a program.

    Its configuration overrides `endpoint_url` and the engine's `environment` (`session.configure`).
    """

    def __init__(
        self, clients: Clients, endpoint_url: str, environment: Mapping[str, str | None] | None = None
    ):
        self._clients = clients
        self._endpoint_url = endpoint_url
        self._environment = environment or {}
        self._configured: Aws | None = None

    @property
    def _aws(self) -> Aws:
        if self._configured is None:
            raise PluginError(f"{NAME} was used before it was configured")
        return self._configured

    async def configure(self, request: ConfigureRequest) -> ConfigureResponse:
        arguments = (plain(request.args), self._clients, self._endpoint_url, self._environment)
        self._configured = await asyncio.to_thread(configure, *arguments)
        return CONFIGURED

    async def check(self, request: CheckRequest) -> CheckResponse:
        old, new = plain(request.old_inputs), plain(request.new_inputs)
        inputs, failures = covered(request.type).check(request.name, old, new, request.random_seed)
        secret = secrets_in(request.new_inputs)
        # The engine prints the value of the property that a failure names: do not name a secret one.
        check_failures = [
            CheckFailure("" if key in secret else key, f"{key} {reason}" if key in secret else reason)
            for key, reason in failures.items()
        ]
        return CheckResponse(inputs=wire(inputs, secret), failures=check_failures)

    async def diff(self, request: DiffRequest) -> DiffResponse:
        row = covered(request.type)
        old, new = plain(request.old_state), plain(request.new_inputs)
        changed = [key for key in row.changed(self._aws, old, new) if key not in request.ignore_changes]
        replaces = [key for key in changed if key in row.replaced_by]
        # Two resources cannot share a name. A generated name gets new digits, so it needs no delete first.
        keeps_name = bool(row.name_length) and "name" in new and DEFAULTS not in new and "name" not in changed
        return DiffResponse(
            changes=bool(changed),
            diffs=changed,
            replaces=replaces,
            delete_before_replace=bool(replaces) and keeps_name,
            detailed_diff={key: difference(old, new, key, key in replaces) for key in changed},
        )

    async def create(self, request: CreateRequest) -> CreateResponse:
        row = covered(request.type)
        secret, inputs = secrets_in(request.properties) | row.secrets, plain(request.properties)
        if request.preview:
            return CreateResponse(None, wire(row.planned(self._aws, inputs), secret))
        wanted = row.wanted(self._aws, inputs)
        created = await self._call(row.create, self._aws, wanted)
        outputs = await self._outputs(row, created.id, {**wanted, **created.one_time_outputs}, secret)
        return CreateResponse(created.id, outputs)

    async def read(self, request: ReadRequest) -> ReadResponse:
        row = covered(request.type)
        inputs = plain(request.inputs)
        # An interrupted creation has inputs only.
        known = {**inputs, **plain(request.properties)}
        found = await self._call(read, row, self._aws, request.resource_id, known)
        if found is None:
            return ReadResponse()
        outputs = row.outputs(self._aws, found, known)
        # Like the real plugin, do not mark an imported trust policy's external ID as secret: the sandbox must
        # reveal what would be stored in plain text outside of it.
        secret = secrets_in(request.properties) | secrets_in(request.inputs)
        return ReadResponse(
            request.resource_id, wire(outputs, secret), wire(row.inputs_of(outputs, inputs), secret)
        )

    async def update(self, request: UpdateRequest) -> UpdateResponse:
        row = covered(request.type)
        secret = secrets_in(request.news) | row.secrets
        old, wanted = plain(request.olds), row.wanted(self._aws, plain(request.news))
        if request.preview:
            return UpdateResponse(wire({**old, **wanted}, secret))
        await self._call(row.update, self._aws, request.resource_id, old, wanted)
        return UpdateResponse(await self._outputs(row, request.resource_id, {**old, **wanted}, secret))

    async def delete(self, request: DeleteRequest) -> None:
        row = covered(request.type)
        await self._call(delete, row, self._aws, request.resource_id, plain(request.properties))

    async def invoke(self, request: InvokeRequest) -> InvokeResponse:
        if request.tok not in FUNCTIONS:
            raise PluginError(not_covered("function", request.tok, FUNCTIONS))
        return InvokeResponse(
            wire(await self._call(FUNCTIONS[request.tok], self._aws, plain(request.args)), ())
        )

    async def _outputs(
        self, row: ResourceType, resource_id: str, known: dict[str, Any], secret: Iterable[str]
    ) -> Wire:
        """Read the outputs of a resource just written. Raises InitializationError if that is denied."""
        try:
            found = await self._call(read, row, self._aws, resource_id, known)
        except PluginError as error:
            raise InitializationError(str(error), resource_id, wire(known, secret)) from None
        if found is None:
            raise PluginError(f"{NAME}: {resource_id} disappeared right after it was written")
        return wire(row.outputs(self._aws, found, known), secret)

    async def _call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Run a blocking AWS call in a thread, because the engine works on several resources at once."""
        return await asyncio.to_thread(call, function, *arguments)


def covered(qualified: str) -> ResourceType:
    """Return the row for the type in a URN, where the types of its parents come first: `parent$child`."""
    token = qualified.rpartition("$")[2]
    if token not in TYPES:
        raise PluginError(not_covered("type", token, TYPES))
    return TYPES[token]


def not_covered(kind: str, token: str, table: Iterable[str]) -> str:
    return (
        f"{NAME} does not cover the {kind} {token}; it covers {', '.join(sorted(table))}. "
        "Outside of the sandbox the real aws plugin serves it"
    )


def read(row: ResourceType, aws: Aws, resource_id: str, state: Mapping[str, Any]) -> dict[str, Any] | None:
    try:
        return row.read(aws, resource_id, state)
    except ClientError as error:
        if error.response["Error"]["Code"] in GONE:
            return None
        raise


def delete(row: ResourceType, aws: Aws, resource_id: str, state: Mapping[str, Any]) -> None:
    try:
        row.delete(aws, resource_id, state)
    except ClientError as error:
        if error.response["Error"]["Code"] not in GONE:
            raise


def difference(old: Mapping[str, Any], new: Mapping[str, Any], key: str, replaces: bool) -> PropertyDiff:
    if key not in old:
        kind = PropertyDiffKind.ADD_REPLACE if replaces else PropertyDiffKind.ADD
    elif key not in new and key != "tagsAll":
        kind = PropertyDiffKind.DELETE_REPLACE if replaces else PropertyDiffKind.DELETE
    else:
        kind = PropertyDiffKind.UPDATE_REPLACE if replaces else PropertyDiffKind.UPDATE
    return PropertyDiff(kind, input_diff=False)


def secrets_in(properties: Wire) -> set[str]:
    """Return the properties that contain a secret; each is treated as secret as a whole."""
    return {key for key, value in properties.items() if value.contains_secret()}


def wire(properties: Mapping[str, Any], secret: Iterable[str]) -> Wire:
    marked = set(secret)
    if "tags" in marked:
        marked.add("tagsAll")
    return {key: wrap(value, secret=key in marked) for key, value in properties.items()}
