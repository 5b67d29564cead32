"""Policy documents as properties: JSON text whose order and formatting do not matter to IAM."""

import json
from typing import Any

from port_byollm.plugin.values import UNKNOWN, has_unknown


def as_text(document: Any) -> Any:
    """Return the document, JSON text or an object, as JSON text, which is what pulumi-aws stores.

    It is unknown as a whole if any part is. Raises ValueError for text that is not a JSON object.
    """
    if has_unknown(document):
        return UNKNOWN
    if not isinstance(document, str):
        return json.dumps(document, separators=(",", ":"))
    if not isinstance(json.loads(document), dict):
        raise ValueError("not a JSON object")
    return document


def are_equivalent(one: Any, other: Any) -> bool:
    """Return whether IAM reads both alike: `[x]` is `x`, lists have no order, `true` is `"true"`."""
    if not isinstance(one, str) or not isinstance(other, str):
        return bool(one == other)
    try:
        return bool(canonical(json.loads(one)) == canonical(json.loads(other)))
    except ValueError:
        return one == other


def canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: canonical(item) for key, item in value.items()}
    if isinstance(value, list):
        items = sorted((canonical(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
        return items[0] if len(items) == 1 else items
    return value if isinstance(value, str) or value is None else json.dumps(value)
