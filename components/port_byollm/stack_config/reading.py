"""Parse settings into sections, and describe their errors."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from port_byollm.errors import ConfigError
from port_byollm.stack_config.sections import SignIn, StackConfig
from port_byollm.stack_config.wording import problem

PREFIX = "byollm:"
_Model = TypeVar("_Model", bound=BaseModel)


def parse(settings: Mapping[str, object], *keys: str) -> StackConfig:
    """Return the configuration in `settings`, given by full keys (`byollm:bedrock`).

    Other namespaces are ignored, and so are keys other than `keys` (`bedrock`) if there are any.

    Raises:
        ConfigError: keys are unknown or missing, or values are invalid; the error names all of them.
    """
    values = {key: value for key, value in _own(settings).items() if not keys or key in keys}
    try:
        return StackConfig.model_validate(values)
    except ValidationError as error:
        (key, problem), *others = [_problem(detail) for detail in error.errors()]
        raise ConfigError(key, "; ".join([problem, *map(": ".join, others)])) from None


def salvage(settings: Mapping[str, object]) -> StackConfig:
    """Like `parse`, but leave out what is invalid, for commands that inspect a misconfigured stack."""
    return _salvaged(StackConfig, _own(settings))


def salvage_sign_in(settings: Mapping[str, object]) -> SignIn | None:
    """Return the valid sign-in settings in `byollm:bedrock`, or None without that section."""
    bedrock = settings.get(f"{PREFIX}bedrock")
    if bedrock is None:
        return None
    return _salvaged(SignIn, bedrock if isinstance(bedrock, Mapping) else {})


def _own(settings: Mapping[str, object]) -> dict[str, object]:
    return {key.removeprefix(PREFIX): value for key, value in settings.items() if key.startswith(PREFIX)}


def _salvaged(model: type[_Model], values: Mapping[str, Any]) -> _Model:
    """Return `model` without the invalid values, and without sections that require them."""
    while True:
        try:
            return model.model_validate(values)
        except ValidationError as error:
            detail = error.errors()[0]
            path = _path(detail)
            values = _without(values, path[:-1] if detail["type"] == "missing" else path)


def _without(values: Mapping[str, Any], path: Sequence[str]) -> dict[str, Any]:
    """Return `values` without the item at `path`, which leads through sections."""
    key, *rest = path
    inner = values[key]
    if rest and isinstance(inner, Mapping) and rest[0] in inner:
        return {**values, key: _without(inner, rest)}
    return {name: value for name, value in values.items() if name != key}


def _problem(detail: ErrorDetails) -> tuple[str, str]:
    """Return the key and its problem."""
    path = _path(detail)
    key = f"{PREFIX}{'.'.join(path)}"
    if detail["type"] == "extra_forbidden":
        return key, f"unknown configuration key{_suggestion(path)}"
    return key, problem(detail)


def _path(detail: ErrorDetails) -> list[str]:
    # A union's tag is not part of the key.
    return [str(part) for part in detail["loc"] if not str(part).startswith(("list[", "literal["))]


def _suggestion(path: Sequence[str]) -> str:
    known: type[BaseModel] | None = StackConfig
    for part in path[:-1]:
        known = _sections(known).get(part) if known else None
    names = [field.alias or name for name, field in known.model_fields.items()] if known else []
    close = difflib.get_close_matches(path[-1], names, 1)
    return f"; did you mean {close[0]}?" if close else f"; known are {', '.join(names)}" if names else ""


def _sections(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Return the sections within a section, by key."""
    sections = {}
    for name, field in model.model_fields.items():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                sections[field.alias or name] = kind
    return sections
