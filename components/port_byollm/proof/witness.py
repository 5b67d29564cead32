"""Concrete values for what documents name: someone, something, and a context that a statement applies in."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from port_byollm.iam.evaluator import Request
from port_byollm.proof.subject import Document, Unknown

ANOTHER = "another"
"""Nothing is called so: what is permitted for it is permitted for what nobody has thought of."""

_ARN_PARTS = 6
_NEGATED = ("Not", "Null")
# Set by AWS where a service calls on someone's behalf: nobody has them who calls by himself.
_OF_SERVICES = "aws:calledvia"


def listed(value: Any) -> list[Any]:
    """`value` as the list that IAM's grammar lets one leave out."""
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]


def statements(document: Document | Unknown, effect: str = "Allow") -> Iterator[Mapping[str, Any]]:
    """The statements of one effect; none of what is unknown or malformed."""
    if not isinstance(document, Unknown):
        for statement in listed(document.get("Statement")):
            if isinstance(statement, Mapping) and statement.get("Effect") == effect:
                yield statement


def instance(pattern: str) -> str:
    """One text that `pattern` matches, if it has no policy variables."""
    return pattern.replace("*", ANOTHER).replace("?", "x")


def resource_instance(pattern: str) -> str:
    """One resource that a `Resource` names; parts that an ARN leaves out at the end are any."""
    if pattern == "*":
        return pattern
    parts = pattern.split(":", _ARN_PARTS - 1)
    return instance(":".join([*parts, *[ANOTHER] * (_ARN_PARTS - len(parts))]))


def conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Operator, key in lower case and values of each comparison."""
    block = statement.get("Condition")
    for operator, keys in block.items() if isinstance(block, Mapping) else ():
        for key, values in keys.items() if isinstance(keys, Mapping) else ():
            yield operator, key.lower(), [str(value) for value in listed(values)]


def favourable(statement: Mapping[str, Any]) -> dict[str, str]:
    """The first value that each comparison of `statement` takes, by its key in lower case."""
    return {
        key: instance(values[0])
        for operator, key, values in conditions(statement)
        if values and not any(word in operator for word in _NEGATED) and not key.startswith(_OF_SERVICES)
    }


def with_context(request: Request, context: Mapping[str, str]) -> Request:
    """`request` with further condition keys; those that it has stay as they are."""
    own = {key.lower() for key in request.context}
    further = {key: value for key, value in context.items() if key.lower() not in own}
    return replace(request, context={**request.context, **further})
