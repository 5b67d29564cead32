"""How what is there gets into the state: by the file that `pulumi import --file` reads
(https://www.pulumi.com/docs/iac/guides/migration/import/), or, where that would write a secret in plain text,
as it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any


@dataclass(frozen=True)
class State:
    """Properties of a resource, as its provider keeps them in the state."""

    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    instead_of_import: bool = False
    """Whether they are all there is, because an import would write one of them, a secret, in plain text; else
    they are what an import does not know, beside what it reads."""


@dataclass(frozen=True)
class Import:
    """A resource of the stack's program, and what it is to stand for: `id` is Port's or AWS's, and None for a
    component, which stands for nothing of its own."""

    type: str
    name: str
    id: str | None = None
    parent: "Import | None" = None
    state: State | None = field(default=None, compare=False, repr=False)
    """What to write into the state."""

    @property
    def qualified_type(self) -> str:
        """The types of the parents and its own, as a URN has them."""
        return f"{self.parent.qualified_type}${self.type}" if self.parent else self.type

    @property
    def is_imported(self) -> bool:
        return not (self.state and self.state.instead_of_import)

    @property
    def label(self) -> str:
        """What it is called within the file: a logical name is one of its type only."""
        return f"{self.name}: {self.qualified_type.replace('port-byollm:index:', '')}"


def missing(wanted: Iterable[Import], state: Sequence[Mapping[str, Any]]) -> list[Import]:
    """Those that the state does not have yet."""
    present = _urns(state)
    return [each for each in wanted if (each.qualified_type, each.name) not in present]


def import_file(imports: Sequence[Import], state: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The content of the file for `imports`, whose parents are among them or in the state. Those that are
    written into the state are left out."""
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
    """Have `resources`, those of the state, say what the states of `imports` say."""
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
    """Put it before the others of its parent, which may depend on it and have the same provider."""
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
        # The program's default provider has its SDK's version in its name; with another one, the update would
        # begin with a change of provider.
        entry["version"] = version("pulumi-aws")
    return entry


def _urns(state: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """Qualified type and name -> URN, which is `urn:pulumi:<stack>::<project>::<types>::<name>`."""
    return {(parts[2], parts[3]): each["urn"] for each in state if (parts := each["urn"].split("::", 3))}
