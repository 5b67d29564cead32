"""Describe invalid values to the author of `Pulumi.<stack>.yaml`."""

from typing import Any

from pydantic_core import ErrorDetails

_KINDS = {
    bool: "true or false",
    dict: "a section",
    float: "a number",
    int: "a number",
    list: "a list",
    str: "text",
}
_SCALARS = {
    "bool": "true or false",
    "date": "a date such as 2026-01-31",
    "float": "a number",
    "int": "a whole number",
}
_COLLECTIONS = {"dict": "a section", "list": "a list", "model": "a section"}


def problem(detail: ErrorDetails) -> str:
    """Return one of pydantic's errors as the text after a key and a colon.

    If text or a section is expected, the given value may be a secret and is not quoted.
    """
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "missing":
        return "missing"
    if kind == "string_type":
        remedy = "put it in quotes" if isinstance(value, int | float) else "give text"
        return f"is {_kind(value)}; {remedy}"
    if kind == "string_too_short":
        return "is empty"
    if kind == "literal_error":
        return f"is {value!r}; use {context['expected']}"
    if kind == "greater_than_equal":
        return f"is {value}; give {context['ge']:g} or more"
    expected_type = kind.partition("_")[0]
    if wanted := _SCALARS.get(expected_type):
        return f"is {value if isinstance(value, str | int | float) else _kind(value)}; give {wanted}"
    if wanted := _COLLECTIONS.get(expected_type):
        return f"is {_kind(value)}; give {wanted}"
    return detail["msg"]


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "empty")
