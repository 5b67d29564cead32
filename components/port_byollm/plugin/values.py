"""Convert between the engine's property values and plain Python data.

The SDK's `PropertyValue` wraps every leaf, sends integers as floats and cannot marshal unknown values.
Resources work on plain dicts and lists; only this module knows the wrapping.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Final

from pulumi.provider.experimental.property_value import Computed, PropertyValue, ResourceReference

# Strings for unknown values on the wire, one per type (sdk/go/common/resource/plugin/rpc.go).
# The SDK neither decodes them to `Computed` nor encodes `Computed` at all.
_WIRE_UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_WIRE_UNKNOWNS: Final = frozenset(
    {
        _WIRE_UNKNOWN,  # string; the only one that Python programs send
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


class _Unknown(Enum):
    """The type of `UNKNOWN`; an enum member keeps its identity when copied."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown.UNKNOWN
"""A value known only after an update, such as an output of a new resource at preview."""


def plain(value: PropertyValue | Mapping[str, PropertyValue]) -> Any:
    """Return `value` as dicts, lists, str, int, float, bool, None and `UNKNOWN`.

    Secrets are unwrapped, whole floats become ints, and a resource reference becomes the resource's id.
    Assets and archives are unchanged.
    """
    if not isinstance(value, PropertyValue):
        return {key: plain(item) for key, item in value.items()}
    inner = value.value
    if isinstance(inner, Computed) or (isinstance(inner, str) and inner in _WIRE_UNKNOWNS):
        return UNKNOWN
    if isinstance(inner, float):
        return int(inner) if inner.is_integer() else inner
    if isinstance(inner, ResourceReference):
        # A reference to a resource that does not exist yet has an empty id.
        return (plain(inner.resource_id) if inner.resource_id else None) or UNKNOWN
    if isinstance(inner, Mapping):
        return plain(inner)
    if isinstance(inner, Sequence) and not isinstance(inner, str):
        return [plain(item) for item in inner]
    return inner


def wrap(value: Any, secret: bool = False) -> PropertyValue:
    """Return the property value of plain data, optionally secret as a whole; keep a `PropertyValue`.

    Raises TypeError for values that a property cannot hold.
    """
    if isinstance(value, PropertyValue):
        return value.with_secret(True) if secret else value
    if value is UNKNOWN:
        value = _WIRE_UNKNOWN
    elif isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    elif isinstance(value, Mapping):
        value = {key: wrap(item) for key, item in value.items()}
    elif isinstance(value, Sequence) and not isinstance(value, str):
        value = [wrap(item) for item in value]
    return PropertyValue(value, is_secret=secret)


def has_secret(value: PropertyValue | Mapping[str, PropertyValue]) -> bool:
    """Return whether `value` contains a secret."""
    if isinstance(value, PropertyValue):
        return value.contains_secret()
    return any(item.contains_secret() for item in value.values())


def secrets_in(value: PropertyValue | Mapping[str, PropertyValue]) -> set[str]:
    """Return all texts in `value` that are secret or within a secret."""
    if not isinstance(value, PropertyValue):
        return set().union(*map(secrets_in, value.values()))
    if value.is_secret:
        return set(_texts(plain(value)))
    if isinstance(value.value, Mapping):
        return secrets_in(value.value)
    if isinstance(value.value, Sequence) and not isinstance(value.value, str):
        return set().union(*map(secrets_in, value.value))
    return set()


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping | list):
        for item in data.values() if isinstance(data, Mapping) else data:
            yield from _texts(item)


def has_unknown(value: Any) -> bool:
    """Return whether plain data contains `UNKNOWN`."""
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(has_unknown(item) for item in value)
    return value is UNKNOWN
