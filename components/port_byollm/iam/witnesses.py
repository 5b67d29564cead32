"""Concrete values that match a document's patterns and conditions.

To find what a document permits, the evaluator is asked about each of them. They have to cover every case; a
surplus value only costs time, because the evaluator alone decides.
"""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from port_byollm.iam.documents import as_list
from port_byollm.iam.evaluator import Undecidable

INVENTED = "invented"
"""A name that nothing has: a document that permits it permits things nobody has thought of."""

ACCOUNT = "999999999999"
"""An account that no document names."""

# Stands for a `?`: IAM accepts it in names, and Bedrock's ids never contain it.
_ANY_CHARACTER = "="
_ACCOUNT_DIGITS = 12
_NEGATED = ("Not", "Null")
_OF_SERVICES = "aws:calledvia"
_PRINCIPAL_ACCOUNT = "aws:principalaccount"
_MOST_CONTEXTS = 4096
_VARIABLE = re.compile(r"\$\{([^},]*)[^}]*\}")


def has_wildcard(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern or "${" in pattern


def grants(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the statements with the effect Allow."""
    return [statement for statement in as_list(document.get("Statement")) if statement["Effect"] == "Allow"]


def instance(pattern: str) -> str:
    """Return one text that matches `pattern` in those of `contexts` that have its variables."""
    return resolved(pattern).replace("*", INVENTED).replace("?", _ANY_CHARACTER)


def resolved(text: str) -> str:
    """Return `text` with values in place of its policy variables, which may contain colons."""
    return _VARIABLE.sub(lambda variable: _value(variable[1].lower()), text)


def _value(key: str) -> str:
    """Return the value of a condition key for which a policy variable stands."""
    return ACCOUNT if key == _PRINCIPAL_ACCOUNT else INVENTED


def is_invented(text: str) -> bool:
    """Whether `text` is an `instance` of a wildcard."""
    return INVENTED in text or _ANY_CHARACTER in text


def pattern_of(text: str) -> str:
    """Return the pattern of which `text` is an `instance`, as people write it."""
    return text.replace(f"{INVENTED}.{INVENTED}", "*").replace(INVENTED, "*").replace(_ANY_CHARACTER, "?")


def account_instance(pattern: str) -> str:
    """Return an account that matches `pattern`."""
    head, star, tail = pattern.replace("?", "9").partition("*")
    if not star:
        return head if head.isdigit() else ACCOUNT
    tail = tail.replace("*", "")
    account = head + "9" * (_ACCOUNT_DIGITS - len(head) - len(tail)) + tail
    return account if account.isdigit() else ACCOUNT


class TooMany(Undecidable):
    """IAM would accept the documents, but they distinguish more requests than can be tried."""


def contexts(
    statements: Sequence[Mapping[str, Any]], determined: Iterable[str] = ()
) -> Iterator[dict[str, str]]:
    """Yield every combination of values that the statements' conditions can distinguish.

    Keys are in lower case; absent ones are left out. `determined` are keys (in lower case) whose values
    follow from the request itself. Raises TooMany if there are too many combinations to try.
    """
    values: dict[str, set[str | None]] = {}
    for statement in statements:
        for operator, key, value in conditions(statement):
            values.setdefault(key, {None}).update(_distinguished(operator, value))
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
    """Return a context that satisfies the condition's positive comparisons (all except Not… and Null).

    Keys are in lower case. Keys that only AWS sets, for its services, are left out.
    """
    context: dict[str, str] = {}
    for operator, key, value in conditions(statement):
        if not any(word in operator for word in _NEGATED) and not is_of_service(key):
            context.setdefault(key, instance(value))
    return context


def is_of_service(key: str) -> bool:
    """Whether only AWS sets the condition key (in lower case): when a service calls on someone's behalf."""
    return key.startswith(_OF_SERVICES)


def conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield operator (without quantifier and IfExists), key in lower case and value of each comparison."""
    block = statement.get("Condition")
    for name, keys in block.items() if isinstance(block, Mapping) else ():
        operator = name.rpartition(":")[2].removesuffix("IfExists")
        for key, given in keys.items() if isinstance(keys, Mapping) else ():
            for value in as_list(given):
                yield operator, key.lower(), _text(value)


def without_values(message: str, document: str) -> str:
    """Return `message` without the values in the document's conditions, which may be external IDs."""
    try:
        statements = as_list(json.loads(document)["Statement"])
        values = {value for statement in statements for _, _, value in conditions(statement)}
    except (ValueError, LookupError, TypeError, AttributeError):
        return message
    for value in sorted(filter(None, values), key=len, reverse=True):
        message = message.replace(value, "…")
    return message


def _distinguished(operator: str, value: str) -> Iterator[str]:
    """Yield values for which the comparison with `value` holds, and ones for which it does not."""
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
        yield from (text for text in as_list(statement.get(element)) if isinstance(text, str))
    yield from (value for _, _, value in conditions(statement))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
