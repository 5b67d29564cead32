"""Condition blocks.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from port_byollm.iam.evaluator.matching import AnyOf
from port_byollm.iam.evaluator.operators import OPERATORS, Operator, boolean
from port_byollm.iam.evaluator.request import Undecidable
from port_byollm.iam.evaluator.variables import Context, without_variables


class Quantifier(Enum):
    """How many of a key's values must satisfy a test."""

    THE_ONE = ""
    ALL = "ForAllValues"
    ANY = "ForAnyValue"


_NULL = "Null"
_IF_EXISTS = "IfExists"


def context_of(given: Mapping[str, str | Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return a request's context with its keys, which are case-insensitive, in lower case.

    Raises Undecidable for a value that is neither text nor a list of texts, and for a repeated key.
    """
    context: dict[str, tuple[str, ...]] = {}
    for key, values in given.items():
        if isinstance(values, str):
            context[key.lower()] = (values,)
        elif isinstance(values, list | tuple) and all(isinstance(value, str) for value in values):
            context[key.lower()] = tuple(values)
        else:
            raise Undecidable("request, context", f"{key} is neither text nor a list of texts")
    if len(context) != len(given):
        raise Undecidable("request, context", "has a condition key twice, in different case")
    return context


@dataclass(frozen=True)
class KeyTest:
    """One operator on one key."""

    name: str
    """The operator as in the document, with its quantifier."""
    key: str
    context_key: str
    """`key` in lower case."""
    values: AnyOf
    operator: Operator | None
    """None for Null."""
    quantifier: Quantifier
    if_exists: bool

    def holds(self, context: Context) -> bool:
        values = context.get(self.context_key, ())
        if self.operator is None:
            if self.quantifier is not Quantifier.THE_ONE:
                return self.quantifier is Quantifier.ALL
            return self.values.matches("false" if values else "true", context)
        negated = self.operator.negated
        if self.quantifier is Quantifier.THE_ONE:
            if not values:
                return negated or self.if_exists
            # Without a quantifier, a key with several values compares equal to nothing.
            return len(values) == 1 and self.values.matches(values[0], context) != negated
        if not values and self.if_exists:
            return True
        if not any(values):  # AWS treats an empty text as a missing value here
            return self.quantifier is Quantifier.ALL
        outcomes = (self.values.matches(value, context) != negated for value in values)
        return all(outcomes) if self.quantifier is Quantifier.ALL else any(outcomes)

    def describe(self, context: Context) -> str:
        """Return why the test does not hold, without the values: they may be external IDs."""
        values = context.get(self.context_key, ())
        if not values:
            why = "the request has no such key"
        elif len(values) > 1 and self.quantifier is Quantifier.THE_ONE:
            why = "the request has several values, but the operator has no quantifier"
        else:
            why = "the request has another value" if self.operator else "the request has the key"
        return f"its condition {self.name} on {self.key} does not hold: {why}"


@dataclass(frozen=True)
class Condition:
    """The tests of a condition block, all of which must hold."""

    tests: tuple[KeyTest, ...] = ()

    def holds(self, context: Context) -> bool:
        return all(test.holds(context) for test in self.tests)

    def describe(self, context: Context) -> str:
        return next(test.describe(context) for test in self.tests if not test.holds(context))


def compile_condition(block: object, place: str, *, variables: bool) -> Condition:
    """Read a `Condition` element. `variables`: whether the document's version supports policy variables.

    Raises Undecidable, with `place`, if IAM would refuse it.
    """
    if not isinstance(block, Mapping):
        raise Undecidable(place, "is not an object")
    return Condition(
        tuple(
            test
            for name, keys in block.items()
            for test in _compile_operator(name, keys, place, variables=variables)
        )
    )


def _compile_operator(name: str, keys: object, place: str, *, variables: bool) -> list[KeyTest]:
    prefix, colon, rest = name.rpartition(":")
    base = rest.removesuffix(_IF_EXISTS)
    quantifiers = {quantifier.value: quantifier for quantifier in Quantifier}
    if (base != _NULL and base not in OPERATORS) or prefix not in quantifiers or (colon and not prefix):
        raise Undecidable(place, f"operator {name!r} does not exist")
    if rest == _NULL + _IF_EXISTS:
        raise Undecidable(place, f"operator {name!r} does not exist: Null already tests for the key itself")
    if not isinstance(keys, Mapping):
        raise Undecidable(place, f"{name} is not an object of condition keys")
    if len({key.lower() for key in keys}) != len(keys):
        raise Undecidable(place, f"{name} has a condition key twice, in different case")
    operator = OPERATORS.get(base)
    tests = []
    for key, given in keys.items():
        if ":" not in key:
            raise Undecidable(place, f"{key!r} is not a condition key: it has no prefix")
        where = f"{place}, {name} on {key}"
        values = _values(given, where)
        if not variables:
            values = [without_variables(value) for value in values]
        elif not (operator and operator.variables) and any("${" in value for value in values):
            raise Undecidable(where, "this operator does not support policy variables")
        try:
            compiled = AnyOf(values, operator.compile if operator else boolean)
        except ValueError as error:
            raise Undecidable(where, str(error)) from error
        tests.append(KeyTest(name, key, key.lower(), compiled, operator, quantifiers[prefix], rest != base))
    return tests


def _values(given: object, place: str) -> list[str]:
    values = []
    for value in given if isinstance(given, list | tuple) else [given]:
        if isinstance(value, bool):
            values.append("true" if value else "false")
        elif isinstance(value, str | int | float):
            values.append(str(value))
        else:
            raise Undecidable(place, "has a value that is neither text, a number, true nor false")
    if not values:
        raise Undecidable(place, "has no value")
    return values
