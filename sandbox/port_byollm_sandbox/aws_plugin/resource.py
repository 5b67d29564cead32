"""What all types have in common: a row of the table says which inputs a type has, and calls AWS."""

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

# The inputs that `check` filled in, noted as the real plugin does; the engine keeps it and shows nobody.
DEFAULTS: Final = "__defaults"
# Hex digits in a made-up name, as Pulumi's own auto-naming has.
RANDOM_DIGITS: Final = 7


class Created(NamedTuple):
    """A resource's id, and the outputs that AWS tells at creation only."""

    id: str
    told_once: Properties = MappingProxyType({})


class ResourceType(ABC):
    """One pulumi-aws type. Properties are plain data under pulumi-aws's wire names."""

    pulumi_type: ClassVar[str]
    required: ClassVar[tuple[str, ...]] = ()
    # Optional inputs with the value that their absence means; None where AWS, or the name's maker, chooses.
    optional: ClassVar[Mapping[str, Any]] = {}
    # Inputs that cannot change in place.
    replaced_by: ClassVar[frozenset[str]] = frozenset()
    # Inputs that are policy documents.
    documents: ClassVar[frozenset[str]] = frozenset()
    # Outputs that AWS makes up: unknown at preview.
    computed: ClassVar[tuple[str, ...]] = ()
    # Those of them that are secrets, and that AWS tells once, at creation.
    secrets: ClassVar[frozenset[str]] = frozenset()
    # The longest name that AWS takes, for a type that is named automatically.
    name_length: ClassVar[int] = 0

    @abstractmethod
    def create(self, aws: Aws, inputs: Properties) -> Created:
        """Makes it. `inputs` have every default, and `tagsAll` where the type has tags."""

    @abstractmethod
    def read(self, aws: Aws, resource_id: str, state: Properties) -> dict[str, Any] | None:
        """Its outputs as AWS has them, `tags` being all tags; None if gone. `state` is empty at import."""

    @abstractmethod
    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> None:
        """Changes in place what differs between the old outputs and the new inputs."""

    @abstractmethod
    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        """Removes it; being gone already counts as done."""

    @property
    def inputs(self) -> tuple[str, ...]:
        return (*self.required, *self.optional)

    @property
    def has_tags(self) -> bool:
        return "tags" in self.optional

    def check(
        self, name: str, old: Properties, new: Properties, seed: bytes
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """The inputs with the name and the documents settled, and what is wrong with them by property."""
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
                failures[key] = f"is no JSON document: {error}"
        if self.name_length and "name" not in inputs and "namePrefix" not in inputs:
            inputs |= {"name": self._name(name, old, seed), DEFAULTS: ["name"]}
            if len(inputs["name"]) > self.name_length:
                failures["name"] = (
                    f"{inputs['name']!r} is made from the resource's name and longer than "
                    f"{self.name_length} characters; give a name, or shorten the resource's"
                )
        return inputs, failures

    def _id(self, **inputs: str) -> str:
        """The id of a type whose id AWS does not answer with."""
        return ids.FORMATS[self.pulumi_type].format_map(inputs)

    def _name(self, name: str, old: Properties, seed: bytes) -> str:
        """The name that it has, if that was made here (or imported), else one with a random end."""
        if "name" in old and (DEFAULTS not in old or "name" in old[DEFAULTS]):
            return str(old["name"])
        digits = hashlib.sha256(seed or secrets.token_bytes()).hexdigest()[:RANDOM_DIGITS]
        return f"{name}-{digits}"

    def wanted(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """The inputs with what absence means filled in, and `tagsAll`."""
        given = {key: value for key, value in inputs.items() if key != DEFAULTS}
        complete = {key: value for key, value in self.optional.items() if value is not None} | given
        if "region" in self.optional:
            complete.setdefault("region", aws.region)
        if self.has_tags:
            tags = complete["tags"]
            complete["tagsAll"] = tags if tags is UNKNOWN else {**aws.default_tags, **tags}
        return complete

    def planned(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """The outputs as far as they are known before AWS was asked."""
        unknown = (*self.computed, *(("name",) if self.name_length else ()))
        return dict.fromkeys(unknown, UNKNOWN) | self.wanted(aws, inputs)

    def outputs(self, aws: Aws, found: Properties, known: Properties) -> dict[str, Any]:
        """What AWS has (`read`), with what only we know of (`known`: inputs or old outputs) beside it.

        A document that AWS writes differently stays as it was written.
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
        """The inputs that a program would write for these outputs: those it had, and what is no default."""
        inputs = {
            key: outputs[key]
            for key in self.inputs
            if key in outputs
            and (key in old_inputs or (outputs[key] != self.optional.get(key) and key != "region"))
        }
        return inputs | ({DEFAULTS: old_inputs[DEFAULTS]} if DEFAULTS in old_inputs else {})

    def changed(self, aws: Aws, old: Properties, new: Properties) -> list[str]:
        """The properties in which the old outputs differ from the new inputs."""
        wanted = self.wanted(aws, new)
        changed = [key for key in self.inputs if key in wanted and not self._same(key, old, wanted)]
        # The provider's default tags, which are no input of the resource.
        if self.has_tags and "tags" not in changed and not self._same("tagsAll", old, wanted):
            changed.append("tagsAll")
        return changed

    def _same(self, key: str, old: Properties, new: Properties) -> bool:
        before = old.get(key, self.optional.get(key))
        return documents.are_equivalent(before, new[key]) if key in self.documents else before == new[key]


def made_up_name(inputs: Properties) -> str:
    """The name, or one that starts with `namePrefix`."""
    if "name" in inputs:
        return str(inputs["name"])
    return f"{inputs['namePrefix']}{datetime.now(UTC):%Y%m%d%H%M%S}{secrets.token_hex(6)}"


def tag_changes(old: Properties, new: Properties) -> tuple[dict[str, str], list[str]]:
    """Tags to set, and keys to remove, to come from the old outputs to the new inputs."""
    before, after = old.get("tagsAll") or {}, new["tagsAll"]
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    return changed, [key for key in before if key not in after]
