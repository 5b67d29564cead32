"""OpenAPI Overlays (https://spec.openapis.org/overlay/v1.0.0.html), with a subset of JSONPath (RFC 9535).

A target may use `.name`, `['name', 'other']` and `[*]`.
"""

import copy
import re
from collections.abc import Iterator
from typing import Any

_SEGMENT = re.compile(r"\.(?P<name>\w+)|\[(?P<all>\*)\]|\[(?P<names>'[^']*'(?:, *'[^']*')*)\]")


class OverlayError(ValueError):
    """An action that cannot be applied; the message names its target."""


def apply(overlay: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of `document` with the overlay's actions applied in order.

    Raises OverlayError if an action changes nothing: the overlay is then out of date.
    """
    result = copy.deepcopy(document)
    for action in overlay["actions"]:
        before = copy.deepcopy(result)
        for parent, key in [*_select(result, action["target"])]:
            if action.get("remove"):
                del parent[key]
            else:
                parent[key] = _merge(parent[key], action["update"])
        if result == before:
            raise OverlayError(f"{action['target']} changes nothing")
    return result


def _select(document: dict[str, Any], target: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the parent and the key of each selected value. Names that do not exist are skipped."""
    places = [({"$": document}, "$")]
    position = 1
    while position < len(target):
        segment = _SEGMENT.match(target, position) if target.startswith("$") else None
        if segment is None:
            raise OverlayError(f"{target}: only .name, ['name'] and [*] are supported")
        values = [parent[key] for parent, key in places]
        places = [(value, key) for value in values for key in _keys(segment, value)]
        position = segment.end()
    yield from places


def _keys(segment: re.Match[str], value: dict[str, Any]) -> list[str]:
    if segment["all"]:
        return [*value]
    names = [segment["name"]] if segment["name"] else re.findall(r"'([^']*)'", segment["names"])
    return [name for name in names if name in value]


def _merge(value: Any, update: Any) -> Any:
    """Merge objects, concatenate arrays, and replace everything else."""
    if isinstance(value, dict) and isinstance(update, dict):
        return value | {key: _merge(value[key], new) if key in value else new for key, new in update.items()}
    if isinstance(value, list):
        return value + (update if isinstance(update, list) else [update])
    return update
