"""JSON that people hand in."""

import json
from typing import Any, TextIO

from port_byollm.errors import ConfigError


def read_json(file: TextIO) -> Any:
    """What the file holds. Raises ConfigError where that is not JSON, or not by the letter of RFC 8259."""
    try:
        text = file.read()
    except ValueError as error:
        raise ConfigError(file.name, f"is not JSON: {error}") from None
    return parse_json(text, file.name)


def parse_json(text: str, name: str) -> Any:
    """What `text` holds; `name` says in errors what it is. Raises ConfigError."""
    try:
        return json.loads(text, object_pairs_hook=_each_once, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ConfigError(name, f"is not JSON: {error}") from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, unless one of its keys would silently hide another: that could be a Deny."""
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"an object has the key {twice!r} twice")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
