"""Parse JSON that users supply."""

import json
from typing import Any, TextIO

from port_byollm.errors import ConfigError


def read_json(file: TextIO) -> Any:
    """Return the content of a JSON file. Raises ConfigError unless it is strict JSON (RFC 8259)."""
    try:
        text = file.read()
    except ValueError as error:
        raise ConfigError(file.name, f"is not JSON: {error}") from None
    return parse_json(text, file.name)


def parse_json(text: str, name: str) -> Any:
    """Parse `text`, which errors call `name`. Raises ConfigError unless it is strict JSON (RFC 8259)."""
    try:
        return json.loads(text, object_pairs_hook=_each_once, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ConfigError(name, f"is not JSON: {error}") from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object. A duplicate key is an error: it would silently hide a value, such as a Deny."""
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = [key for key, _ in pairs]
        duplicate = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"an object has the key {duplicate!r} twice")
    return result


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")
