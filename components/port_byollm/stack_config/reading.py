"""From settings to sections, and from what is wrong with them to sentences."""

import difflib
from collections.abc import Mapping, Sequence
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from port_byollm.errors import ConfigError
from port_byollm.stack_config.sections import StackConfig

PREFIX = "byollm:"


def parse(settings: Mapping[str, object]) -> StackConfig:
    """Return the configuration that `settings`, by full keys (`byollm:bedrock`), stand for; those of other
    namespaces are left out.

    Raises:
        ConfigError: a key that is unknown or missing, or a value that cannot be; it names every one of them.
    """
    values = {key.removeprefix(PREFIX): value for key, value in settings.items() if key.startswith(PREFIX)}
    try:
        return StackConfig.model_validate(values)
    except ValidationError as error:
        (key, problem), *others = [_problem(detail) for detail in error.errors()]
        raise ConfigError(key, "; ".join([problem, *map(": ".join, others)])) from None


def _problem(detail: ErrorDetails) -> tuple[str, str]:
    """The key, and what is wrong with it."""
    # A union's tag is no part of the key.
    path = [str(part) for part in detail["loc"] if not str(part).startswith(("list[", "literal["))]
    key = f"{PREFIX}{'.'.join(path)}"
    if detail["type"] == "extra_forbidden":
        return key, f"unknown configuration key{_suggestion(path)}"
    if detail["type"] == "missing":
        return key, "missing"
    # Our own words, without pydantic's before them.
    return key, str(detail["ctx"]["error"]) if detail["type"] == "value_error" else detail["msg"]


def _suggestion(path: Sequence[str]) -> str:
    known: type[BaseModel] | None = StackConfig
    for part in path[:-1]:
        known = _sections(known).get(part) if known else None
    names = [field.alias or name for name, field in known.model_fields.items()] if known else []
    close = difflib.get_close_matches(path[-1], names, 1)
    return f"; did you mean {close[0]}?" if close else f"; known are {', '.join(names)}" if names else ""


def _sections(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """The sections within a section, by key."""
    found = {}
    for name, field in model.model_fields.items():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found[field.alias or name] = kind
    return found
