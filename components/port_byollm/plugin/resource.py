"""The base of the resources: input checks, and differences by property."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CheckFailure,
    CheckRequest,
    CheckResponse,
    CreateRequest,
    CreateResponse,
    DeleteRequest,
    DiffResponse,
    PropertyDiff,
    PropertyDiffKind,
    ReadRequest,
    ReadResponse,
    UpdateRequest,
    UpdateResponse,
)

from port_byollm.plugin.connection import Connection
from port_byollm.plugin.serving import DiffRequestWithInputs, UpdateRequestWithInputs
from port_byollm.plugin.values import UNKNOWN, has_secret, has_unknown, plain, wrap


class Resource(ABC):
    """A type of resource. Its methods are those of the SDK's `Provider`, for resources of this type.

    Only `create`, `read`, `update` and `delete` may call Port; at preview, only `obstacle`.
    """

    token: ClassVar[str]
    required: ClassVar[frozenset[str]]
    optional: ClassVar[frozenset[str]]

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def check(self, request: CheckRequest) -> CheckResponse:
        """Check the inputs, and return all failures at once."""
        news = plain(request.new_inputs)
        known = self.required | self.optional
        if self._was_checked(request, news):
            return CheckResponse(inputs=self.complete(request, news))
        problems = Problems(request.new_inputs)
        for key in sorted(news.keys() - known):
            problems.add(key, f"is not an input of {self.token}; it takes {', '.join(sorted(known))}")
        for key in sorted(self.required - {key for key, value in news.items() if value is not None}):
            if not self._may_miss(key, request):
                problems.add(key, "is missing")
        await self.check_values(request, news, problems)
        if problems.failures:
            return CheckResponse(inputs=request.new_inputs, failures=problems.failures)
        return CheckResponse(inputs=self.complete(request, news))

    def _was_checked(self, request: CheckRequest, news: Mapping[str, Any]) -> bool:
        """Return whether the inputs are those of the last update, apart from what `complete` adds.

        Then they need no validation, and its modules are not loaded.
        """
        known = self.required | self.optional
        old = {key: value for key, value in request.old_inputs.items() if key in known}
        return bool(old) and plain(old) == news and not has_unknown(news)

    def _may_miss(self, key: str, request: CheckRequest) -> bool:
        """Return whether a required input may be missing in this case."""
        return False

    @abstractmethod
    async def check_values(
        self, request: CheckRequest, news: Mapping[str, Any], problems: "Problems"
    ) -> None:
        """Add the problems of inputs that are present and not `UNKNOWN`."""

    def complete(self, request: CheckRequest, news: Mapping[str, Any]) -> dict[str, PropertyValue]:
        """Return the inputs as the engine should keep them."""
        return request.new_inputs

    async def obstacle(self, request: CreateRequest | UpdateRequest) -> str:
        """Return why an update would fail, as far as Port's answers show; empty if there is no reason."""
        return ""

    @abstractmethod
    async def diff(self, request: DiffRequestWithInputs) -> DiffResponse: ...

    @abstractmethod
    async def create(self, request: CreateRequest) -> CreateResponse: ...

    @abstractmethod
    async def read(self, request: ReadRequest) -> ReadResponse: ...

    @abstractmethod
    async def update(self, request: UpdateRequestWithInputs) -> UpdateResponse: ...

    @abstractmethod
    async def delete(self, request: DeleteRequest) -> None: ...


class Problems:
    """Collects check failures."""

    def __init__(self, inputs: Mapping[str, PropertyValue]) -> None:
        self._inputs = inputs
        self.failures: list[CheckFailure] = []

    def add(self, path: str, problem: str) -> None:
        """Add a failure whose sentence starts with `path`, a property path such as `config.region`.

        The engine prints the value of the property that a failure names. Secrets are therefore not named, nor
        are nested properties, for which it prints a nil.
        """
        named = "." not in path and not (path in self._inputs and has_secret(self._inputs[path]))
        self.failures.append(CheckFailure(path if named else "", f"{path} {problem}"))


_NOUNS: Mapping[type, str] = {
    str: "text",
    bool: "true or false",
    float: "a number",
    dict: "a map",
    list: "a list",
}


def type_problems(news: Mapping[str, Any], problems: Problems, expected: Mapping[str, type]) -> None:
    """Add a problem for each present and known input that does not have its expected type."""
    for key, kind in expected.items():
        value = news.get(key)
        if value is None or value is UNKNOWN:
            continue
        # A whole number arrives as an int. A bool is an int in Python, but not a number here.
        matches = isinstance(value, int | float) if kind is float else isinstance(value, kind)
        if not matches or (isinstance(value, bool) and kind is not bool):
            problems.add(key, f"is not {_NOUNS[kind]}")


def differences(
    old: Mapping[str, Any], new: Mapping[str, Any], keys: Iterable[str], replacing: Iterable[str] = ()
) -> DiffResponse:
    """Return the diff of plain properties by name; None means absent. The engine diffs within maps."""
    replaces = frozenset(replacing)
    changes: dict[str, PropertyDiff] = {}
    for key in keys:
        before, after = old.get(key), new.get(key)
        if before != after:
            kind = "ADD" if before is None else "DELETE" if after is None else "UPDATE"
            kind += "_REPLACE" if key in replaces else ""
            changes[key] = PropertyDiff(PropertyDiffKind[kind], input_diff=True)
    return DiffResponse(
        changes=bool(changes),
        detailed_diff=changes,
        diffs=list(changes),
        replaces=[key for key in changes if key in replaces],
    )


def marked_like(value: Any, like: PropertyValue | None) -> PropertyValue:
    """Wrap `value`, secret wherever `like` is, so that a read keeps encrypted values encrypted."""
    if like is None:
        return wrap(value)
    if isinstance(value, Mapping) and isinstance(like.value, Mapping):
        inner = {key: marked_like(item, like.value.get(key)) for key, item in value.items()}
        return wrap(inner, secret=like.is_secret)
    return wrap(value, secret=has_secret(like))


def without_nulls(properties: Mapping[str, PropertyValue]) -> dict[str, PropertyValue]:
    return {key: value for key, value in properties.items() if value.value is not None}


class Urn:
    """`urn:pulumi:<stack>::<project>::<parents' types>$<type>::<name>`; a name may itself contain `::`."""

    def __init__(self, urn: str) -> None:
        head, self.project, types, self.name = (*urn.split("::", 3), "", "", "", "")[:4]
        self.stack = head.removeprefix("urn:pulumi:")
        self.parents, _, self.token = types.rpartition("$")


def import_command(urn: str, resource_id: str) -> str:
    """Return the command that imports the existing `resource_id` as the resource `urn`."""
    parts = Urn(urn)
    parent = f" --parent component=<URN of its {parts.parents}>" if parts.parents else ""
    return f"pulumi import {parts.token} {parts.name} {resource_id}{parent} --generate-code=false"
