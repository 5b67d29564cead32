"""Import existing resources into the state.

Most go through the file that `pulumi import --file` reads
(https://www.pulumi.com/docs/iac/guides/migration/import/). Where that would write a secret in plain text, the
resource is written to the state directly.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any


@dataclass(frozen=True)
class State:
    """Properties of a resource, as its provider stores them in the state."""

    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    instead_of_import: bool = False
    """If true, these are all properties: an import would write a secret in plain text. If false, they
    complement those that an import reads."""


@dataclass(frozen=True)
class Import:
    """A resource of the stack's program, and what it represents: `id` is Port's or AWS's, and None for a
    component."""

    type: str
    name: str
    id: str | None = None
    parent: "Import | None" = None
    state: State | None = field(default=None, compare=False, repr=False)
    """What to write to the state besides, or instead of, the import."""

    @property
    def qualified_type(self) -> str:
        """The types of its parents and its own, as in its URN."""
        return f"{self.parent.qualified_type}${self.type}" if self.parent else self.type

    @property
    def is_imported(self) -> bool:
        return not (self.state and self.state.instead_of_import)

    @property
    def label(self) -> str:
        """Its name within the file, with its type, because a logical name is unique only within its type."""
        return f"{self.name}: {self.qualified_type.replace('port-byollm:index:', '')}"


def missing(wanted: Iterable[Import], state: Sequence[Mapping[str, Any]]) -> list[Import]:
    """Return the imports that the state does not have yet."""
    present = _urns(state)
    return [each for each in wanted if (each.qualified_type, each.name) not in present]


def import_file(imports: Sequence[Import], state: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the content of the file for `imports`, whose parents are among them or in the state. Leave out
    those that are written to the state directly."""
    present = _urns(state)
    parents = {each.parent for each in imports if each.parent} - set(imports)
    return {
        "nameTable": {
            parent.label: present[parent.qualified_type, parent.name]
            for parent in sorted(parents, key=lambda parent: parent.label)
        },
        "resources": [_entry(each) for each in imports if each.is_imported],
    }


def write(imports: Iterable[Import], resources: list[dict[str, Any]]) -> None:
    """Write the states of `imports` to `resources`, the resources of the stack's state."""
    for each in imports:
        if each.state is None:
            continue
        if each.is_imported:
            urn = _urns(resources)[each.qualified_type, each.name]
            [resource] = [resource for resource in resources if resource["urn"] == urn]
            resource["inputs"] |= each.state.inputs
            resource["outputs"] |= each.state.outputs
        else:
            _insert(each, each.state, resources)


def _insert(each: Import, state: State, resources: list[dict[str, Any]]) -> None:
    """Insert it before its siblings, which may depend on it and have the same provider."""
    assert each.parent  # noqa: S101  only components have none
    parent = _urns(resources)[each.parent.qualified_type, each.parent.name]
    place, sibling = next(
        (place, resource)
        for place, resource in enumerate(resources)
        if resource.get("parent") == parent and "provider" in resource
    )
    stack, project, *_ = parent.split("::")
    inserted = {
        "urn": "::".join((stack, project, each.qualified_type, each.name)),
        "custom": True,
        "id": each.id,
        "type": each.type,
        "inputs": state.inputs,
        "outputs": state.outputs,
        "parent": parent,
        "provider": sibling["provider"],
    }
    resources.insert(place, inserted)


def _entry(resource: Import) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "type": resource.type,
        "name": resource.label,
        "logicalName": resource.name,
    }
    entry |= {"component": True} if resource.id is None else {"id": resource.id}
    if resource.parent:
        entry["parent"] = resource.parent.label
    if resource.type.startswith("aws:"):
        # The name of the program's default provider contains the SDK's version; with another version, the
        # next update would change the provider.
        entry["version"] = version("pulumi-aws")
    return entry


def _urns(state: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """Return (qualified type, name) -> URN, which is `urn:pulumi:<stack>::<project>::<types>::<name>`."""
    return {(parts[2], parts[3]): each["urn"] for each in state if (parts := each["urn"].split("::", 3))}
