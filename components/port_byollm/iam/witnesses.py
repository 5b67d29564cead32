"""Concrete values that a document's patterns and conditions can stand for.

What a document permits is found by asking the evaluator about each of them. They only have to be enough: a
pattern too many costs time, and the evaluator alone decides.
"""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from port_byollm.iam.evaluator import Undecidable

INVENTED = "invented"
"""Nothing is called so: a document that permits it permits what nobody has thought of."""

ACCOUNT = "999999999999"
"""An account that no document names."""

# Stands for a `?`: IAM takes it in names, and Bedrock's ids have none.
_ANY_CHARACTER = "="
_ACCOUNT_DIGITS = 12
_NEGATED = ("Not", "Null")
_OF_SERVICES = "aws:calledvia"
_PRINCIPAL_ACCOUNT = "aws:principalaccount"
_MOST_CONTEXTS = 4096
_VARIABLE = re.compile(r"\$\{([^},]*)[^}]*\}")


def listed(value: Any) -> list[Any]:
    """`value` as the list that IAM's grammar lets one leave out."""
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]


def has_wildcard(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern or "${" in pattern


def grants(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The statements that allow."""
    return [one for one in listed(document.get("Statement")) if one["Effect"] == "Allow"]


def instance(pattern: str) -> str:
    """One text that `pattern` matches in a context of `contexts` that has the variables."""
    return resolved(pattern).replace("*", INVENTED).replace("?", _ANY_CHARACTER)


def resolved(text: str) -> str:
    """`text` with values for its policy variables, which may hold colons."""
    return _VARIABLE.sub(lambda variable: _value(variable[1].lower()), text)


def _value(key: str) -> str:
    """Of a condition key that a policy variable names."""
    return ACCOUNT if key == _PRINCIPAL_ACCOUNT else INVENTED


def is_invented(text: str) -> bool:
    """Whether `text` is an `instance` of a wildcard."""
    return INVENTED in text or _ANY_CHARACTER in text


def pattern_of(text: str) -> str:
    """The pattern that an `instance` stands for, as people write it."""
    return text.replace(f"{INVENTED}.{INVENTED}", "*").replace(INVENTED, "*").replace(_ANY_CHARACTER, "?")


def account_instance(pattern: str) -> str:
    """An account that `pattern` matches."""
    head, star, tail = pattern.replace("?", "9").partition("*")
    if not star:
        return head if head.isdigit() else ACCOUNT
    tail = tail.replace("*", "")
    found = head + "9" * (_ACCOUNT_DIGITS - len(head) - len(tail)) + tail
    return found if found.isdigit() else ACCOUNT


class TooMany(Undecidable):
    """IAM would take the documents; they tell more requests apart than can be tried."""


def contexts(
    statements: Sequence[Mapping[str, Any]], determined: Iterable[str] = ()
) -> Iterator[dict[str, str]]:
    """Every combination of values that the statements' conditions can tell apart.

    Keys are in lower case; one that is absent is left out. `determined` are keys (in lower case) that a
    request leaves no choice about. Raises TooMany where there are too many combinations to try.
    """
    values: dict[str, set[str | None]] = {}
    for statement in statements:
        for operator, key, value in conditions(statement):
            values.setdefault(key, {None}).update(_told_apart(operator, value))
        for text in _texts(statement):
            for variable in _VARIABLE.findall(text):
                values.setdefault(variable.lower(), {None}).add(_value(variable.lower()))
    for key in determined:
        values.pop(key, None)
    combinations = 1
    for choices in values.values():
        combinations *= len(choices)
    if combinations > _MOST_CONTEXTS:
        raise TooMany("the conditions", f"can hold in {combinations} ways, too many to try")
    ordered = [sorted(choices, key=lambda value: value or "") for choices in values.values()]
    for chosen in itertools.product(*ordered):
        yield {key: value for key, value in zip(values, chosen, strict=True) if value is not None}


def favourable(statement: Mapping[str, Any]) -> dict[str, str]:
    """One context in which the condition holds, as far as it compares with values that are to be there.

    Keys are in lower case. Those that AWS alone sets, for its services, are left out.
    """
    found: dict[str, str] = {}
    for operator, key, value in conditions(statement):
        if not any(word in operator for word in _NEGATED) and not is_of_service(key):
            found.setdefault(key, instance(value))
    return found


def is_of_service(key: str) -> bool:
    """Whether AWS alone sets a condition key (in lower case), where a service calls on someone's behalf."""
    return key.startswith(_OF_SERVICES)


def conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Operator (without quantifier and IfExists), key in lower case and value of each comparison."""
    block = statement.get("Condition")
    for name, keys in block.items() if isinstance(block, Mapping) else ():
        operator = name.rpartition(":")[2].removesuffix("IfExists")
        for key, given in keys.items() if isinstance(keys, Mapping) else ():
            for value in listed(given):
                yield operator, key.lower(), _text(value)


def without_values(message: str, document: str) -> str:
    """`message` without what the document's conditions compare with: an external ID is among it."""
    try:
        statements = listed(json.loads(document)["Statement"])
        values = {value for statement in statements for _, _, value in conditions(statement)}
    except (ValueError, LookupError, TypeError, AttributeError):
        return message
    for value in sorted(filter(None, values), key=len, reverse=True):
        message = message.replace(value, "…")
    return message


def _told_apart(operator: str, value: str) -> Iterator[str]:
    """Values on either side of what `operator` compares with `value`."""
    if operator == "Bool":
        yield from ("true", "false")
    elif operator.startswith("Numeric"):
        yield value
        yield from (str(float(value) + step) for step in (-1, 1) if re.fullmatch(r"-?[0-9.]+", value))
    elif operator.startswith("Date"):
        yield from (value, "1970-01-02T00:00:00Z", "2999-12-31T00:00:00Z")
    elif operator.endswith("IpAddress"):
        yield from (value.partition("/")[0], "192.0.2.1")
    elif operator.startswith("Arn"):
        yield from (instance(value), f"arn:aws:{INVENTED}:::{INVENTED}")
    elif operator == "Null":
        yield INVENTED
    else:
        is_pattern = operator.endswith("Like")
        yield from (instance(value) if is_pattern else resolved(value), INVENTED)


def _texts(statement: Mapping[str, Any]) -> Iterator[str]:
    for element in ("Resource", "NotResource"):
        yield from (text for text in listed(statement.get(element)) if isinstance(text, str))
    yield from (value for _, _, value in conditions(statement))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
