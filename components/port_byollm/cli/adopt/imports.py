"""The file that `pulumi import --file` reads (https://www.pulumi.com/docs/iac/guides/migration/import/)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any


@dataclass(frozen=True)
class Import:
    """A resource of the stack's program, and what it is to stand for: `id` is Port's or AWS's, and None for a
    component, which stands for nothing of its own."""

    type: str
    name: str
    id: str | None = None
    parent: "Import | None" = None

    @property
    def qualified_type(self) -> str:
        """The types of the parents and its own, as a URN has them."""
        return f"{self.parent.qualified_type}${self.type}" if self.parent else self.type

    @property
    def label(self) -> str:
        """What it is called within the file: a logical name is one of its type only."""
        return f"{self.name}: {self.qualified_type.replace('port-byollm:index:', '')}"


def missing(wanted: Iterable[Import], state: Sequence[Mapping[str, Any]]) -> list[Import]:
    """Those that the state does not have yet."""
    present = _urns(state)
    return [each for each in wanted if (each.qualified_type, each.name) not in present]


def import_file(imports: Sequence[Import], state: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The content of the file for `imports`, whose parents are among them or in the state."""
    present = _urns(state)
    parents = {each.parent for each in imports if each.parent} - set(imports)
    return {
        "nameTable": {
            parent.label: present[parent.qualified_type, parent.name]
            for parent in sorted(parents, key=lambda parent: parent.label)
        },
        "resources": [_entry(each) for each in imports],
    }


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
