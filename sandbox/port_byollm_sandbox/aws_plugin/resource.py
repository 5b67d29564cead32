"""The base of all resource types: a subclass declares its inputs and outputs, and calls AWS."""

import hashlib
import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, ClassVar, Final, NamedTuple

from port_byollm.plugin.values import UNKNOWN
from port_byollm_sandbox.aws_plugin import documents, ids
from port_byollm_sandbox.aws_plugin.session import NAME, Aws

Properties = Mapping[str, Any]

# The names of the inputs that `check` filled in, as the real plugin records them. The engine hides this key.
DEFAULTS: Final = "__defaults"
# Hex digits in a generated name, as in Pulumi's own auto-naming.
RANDOM_DIGITS: Final = 7


class Created(NamedTuple):
    """A resource's id, and the outputs that AWS returns only at creation."""

    id: str
    one_time_outputs: Properties = MappingProxyType({})


class ResourceType(ABC):
    """One pulumi-aws type. Properties are plain data under pulumi-aws's wire names."""

    pulumi_type: ClassVar[str]
    required: ClassVar[tuple[str, ...]] = ()
    # Optional inputs with their defaults; None if AWS, or the auto-naming, chooses.
    optional: ClassVar[Mapping[str, Any]] = {}
    # Inputs that cannot change in place.
    replaced_by: ClassVar[frozenset[str]] = frozenset()
    # Inputs that are policy documents.
    documents: ClassVar[frozenset[str]] = frozenset()
    # Outputs that AWS generates: unknown at preview.
    computed: ClassVar[tuple[str, ...]] = ()
    # Those of them that are secret and that AWS returns only at creation.
    secrets: ClassVar[frozenset[str]] = frozenset()
    # The longest name that AWS accepts, for a type with auto-naming.
    name_length: ClassVar[int] = 0

    @abstractmethod
    def create(self, aws: Aws, inputs: Properties) -> Created:
        """Create it. `inputs` include every default, and `tagsAll` if the type has tags."""

    @abstractmethod
    def read(self, aws: Aws, resource_id: str, state: Properties) -> dict[str, Any] | None:
        """Return its current outputs, with all tags in `tags`; None if gone. `state` is empty at import."""

    @abstractmethod
    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> None:
        """Change in place what differs between the old outputs and the new inputs."""

    @abstractmethod
    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        """Delete it. The caller ignores AWS's error if it is already gone."""

    @property
    def inputs(self) -> tuple[str, ...]:
        return (*self.required, *self.optional)

    @property
    def has_tags(self) -> bool:
        return "tags" in self.optional

    def check(
        self, name: str, old: Properties, new: Properties, seed: bytes
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the inputs with the name and the documents filled in, and the failures by property."""
        inputs = {key: value for key, value in new.items() if key != DEFAULTS and value is not None}
        failures = {
            key: f"not covered by {NAME}, which takes {', '.join(sorted(self.inputs))}"
            for key in inputs
            if key not in self.inputs
        }
        failures |= {key: "required, but missing" for key in self.required if key not in inputs}
        if "name" in inputs and "namePrefix" in inputs:
            failures["namePrefix"] = "conflicts with name; give one of them"
        for key in self.documents & inputs.keys():
            try:
                inputs[key] = documents.as_text(inputs[key])
            except ValueError as error:
                failures[key] = f"is not a JSON document: {error}"
        if self.name_length and "name" not in inputs and "namePrefix" not in inputs:
            inputs |= {"name": self._name(name, old, seed), DEFAULTS: ["name"]}
            if len(inputs["name"]) > self.name_length:
                failures["name"] = (
                    f"{inputs['name']!r}, generated from the resource's name, is longer than "
                    f"{self.name_length} characters; set a name, or shorten the resource's"
                )
        return inputs, failures

    def _id(self, **inputs: str) -> str:
        """Return the id of a type for which AWS does not return one."""
        return ids.FORMATS[self.pulumi_type].format_map(inputs)

    def _name(self, name: str, old: Properties, seed: bytes) -> str:
        """Return the existing name if it was generated here (or imported), else one with a random suffix."""
        if "name" in old and (DEFAULTS not in old or "name" in old[DEFAULTS]):
            return str(old["name"])
        digits = hashlib.sha256(seed or secrets.token_bytes()).hexdigest()[:RANDOM_DIGITS]
        return f"{name}-{digits}"

    def wanted(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """Return the inputs with every default, and `tagsAll`."""
        given = {key: value for key, value in inputs.items() if key != DEFAULTS}
        complete = {key: value for key, value in self.optional.items() if value is not None} | given
        if "region" in self.optional:
            complete.setdefault("region", aws.region)
        if self.has_tags:
            tags = complete["tags"]
            complete["tagsAll"] = tags if tags is UNKNOWN else {**aws.default_tags, **tags}
        return complete

    def planned(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """Return the outputs as far as they are known at preview."""
        unknown = (*self.computed, *(("name",) if self.name_length else ()))
        return dict.fromkeys(unknown, UNKNOWN) | self.wanted(aws, inputs)

    def outputs(self, aws: Aws, found: Properties, known: Properties) -> dict[str, Any]:
        """Combine what AWS returns (`found`) with what it does not (`known`: the inputs or old outputs).

        A document that is equivalent to the known one keeps its known text.
        """
        kept = {key: known[key] for key in (*self.inputs, *self.secrets) if key in known}
        outputs = {**kept, **found}
        for key in self.documents:
            if documents.are_equivalent(kept.get(key), outputs.get(key)):
                outputs[key] = kept[key]
        if self.has_tags:
            outputs["tagsAll"] = found["tags"]
            own = known.get("tags") or {}
            outputs["tags"] = {
                key: value
                for key, value in found["tags"].items()
                if key in own or aws.default_tags.get(key) != value
            }
        return outputs

    def inputs_of(self, outputs: Properties, old_inputs: Properties) -> dict[str, Any]:
        """Return the inputs that a program would set for these outputs: those it had, and non-defaults."""
        inputs = {
            key: outputs[key]
            for key in self.inputs
            if key in outputs
            and (key in old_inputs or (outputs[key] != self.optional.get(key) and key != "region"))
        }
        return inputs | ({DEFAULTS: old_inputs[DEFAULTS]} if DEFAULTS in old_inputs else {})

    def changed(self, aws: Aws, old: Properties, new: Properties) -> list[str]:
        """Return the properties in which the old outputs differ from the new inputs."""
        wanted = self.wanted(aws, new)
        changed = [key for key in self.inputs if key in wanted and not self._same(key, old, wanted)]
        # The provider's default tags are not among the resource's inputs.
        if self.has_tags and "tags" not in changed and not self._same("tagsAll", old, wanted):
            changed.append("tagsAll")
        return changed

    def _same(self, key: str, old: Properties, new: Properties) -> bool:
        before = old.get(key, self.optional.get(key))
        return documents.are_equivalent(before, new[key]) if key in self.documents else before == new[key]


def name_of(inputs: Properties) -> str:
    """Return the name, or generate one that starts with `namePrefix`."""
    if "name" in inputs:
        return str(inputs["name"])
    return f"{inputs['namePrefix']}{datetime.now(UTC):%Y%m%d%H%M%S}{secrets.token_hex(6)}"


def tag_changes(old: Properties, new: Properties) -> tuple[dict[str, str], list[str]]:
    """Return the tags to set and the keys to remove to get from the old outputs to the new inputs."""
    before, after = old.get("tagsAll") or {}, new["tagsAll"]
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    return changed, [key for key in before if key not in after]
