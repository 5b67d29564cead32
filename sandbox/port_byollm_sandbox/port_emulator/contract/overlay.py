"""OpenAPI Overlays (https://spec.openapis.org/overlay/v1.0.0.html), with targets that name members.

Of JSONPath (RFC 9535) a target may use `.name`, `['name', 'other']` and `[*]`.
"""

import copy
import re
from collections.abc import Iterator
from typing import Any

_SEGMENT = re.compile(r"\.(?P<name>\w+)|\[(?P<all>\*)\]|\[(?P<names>'[^']*'(?:, *'[^']*')*)\]")


class OverlayError(ValueError):
    """An action that cannot be applied; the text names its target."""


def apply(overlay: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """A copy of `document` with the overlay's actions applied in their order.

    Raises OverlayError for a target that selects nothing, or an update that says nothing new: an overlay that
    no longer says how the document differs is not to be believed.
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
    """Where each selected value is: its parent, and its key there. Of several names those that exist."""
    places = [({"$": document}, "$")]
    position = 1
    while position < len(target):
        segment = _SEGMENT.match(target, position) if target.startswith("$") else None
        if segment is None:
            raise OverlayError(f"{target}: only .name, ['name'] and [*] are understood")
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
    """Objects are merged, arrays joined, everything else is replaced."""
    if isinstance(value, dict) and isinstance(update, dict):
        return value | {key: _merge(value[key], new) if key in value else new for key, new in update.items()}
    if isinstance(value, list):
        return value + (update if isinstance(update, list) else [update])
    return update
