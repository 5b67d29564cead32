"""Condition blocks.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from port_byollm.iam.evaluator import matching
from port_byollm.iam.evaluator.matching import Matcher
from port_byollm.iam.evaluator.request import Undecidable

Context = Mapping[str, tuple[str, ...]]
"""Condition key in lower case -> its values; a key without values is absent."""


def context_of(given: Mapping[str, str | Sequence[str]]) -> Context:
    """A request's context; names of condition keys are case-insensitive."""
    context = {
        key.lower(): (values,) if isinstance(values, str) else tuple(values) for key, values in given.items()
    }
    if len(context) != len(given):
        raise Undecidable("request, context", "a condition key is there twice, in different case")
    return context


def _equals_ignoring_case(value: str) -> Matcher:
    folded = value.casefold()
    return lambda text: text.casefold() == folded


def _arn_like(value: str) -> Matcher:
    if value != "*" and value.count(":") < 5:
        raise ValueError("has a value that is not an ARN")
    return matching.arn(value)


def _bool(value: str) -> Matcher:
    if value.lower() not in ("true", "false"):
        raise ValueError('has a value that is neither "true" nor "false"')
    return _equals_ignoring_case(value)


class _Operator(NamedTuple):
    compile: Callable[[str], Matcher]
    negated: bool = False
    """Holds where none of the values matches, and so for an absent key."""


_NULL = "Null"
_OPERATORS = {
    "StringEquals": _Operator(lambda value: value.__eq__),
    "StringNotEquals": _Operator(lambda value: value.__eq__, negated=True),
    "StringEqualsIgnoreCase": _Operator(_equals_ignoring_case),
    "StringNotEqualsIgnoreCase": _Operator(_equals_ignoring_case, negated=True),
    "StringLike": _Operator(matching.wildcards),
    "StringNotLike": _Operator(matching.wildcards, negated=True),
    "ArnEquals": _Operator(_arn_like),  # the same as ArnLike, wildcards included
    "ArnNotEquals": _Operator(_arn_like, negated=True),
    "ArnLike": _Operator(_arn_like),
    "ArnNotLike": _Operator(_arn_like, negated=True),
    "Bool": _Operator(_bool),
    _NULL: _Operator(_bool),
}
_QUANTIFIERS = ("ForAllValues", "ForAnyValue")
_IF_EXISTS = "IfExists"


@dataclass(frozen=True)
class _Test:
    """One operator on one key."""

    name: str
    key: str
    matchers: tuple[Matcher, ...]
    operator: str
    quantifier: str
    if_exists: bool

    def holds(self, context: Context) -> bool:
        values = context.get(self.key.lower(), ())
        if self.operator == _NULL:
            return self._matches("false" if values else "true")
        negated = _OPERATORS[self.operator].negated
        if not values:
            return self.if_exists or self.quantifier == "ForAllValues" or (negated and not self.quantifier)
        outcomes = [self._matches(value) != negated for value in values]
        if self.quantifier:
            return all(outcomes) if self.quantifier == "ForAllValues" else any(outcomes)
        if len(outcomes) > 1:
            raise Undecidable(
                "request, context", f"{self.key} has several values, and {self.name} compares a single one"
            )
        return outcomes[0]

    def _matches(self, value: str) -> bool:
        return any(matcher(value) for matcher in self.matchers)

    def describe(self, context: Context) -> str:
        """Why the test does not hold; values stay out, one of them may be an external ID."""
        found = "has another value" if context.get(self.key.lower()) else "has no such key"
        return f"its condition {self.name} on {self.key} does not hold: the request {found}"


@dataclass(frozen=True)
class Condition:
    """All tests of a condition block; they must all hold."""

    tests: tuple[_Test, ...] = ()

    def holds(self, context: Context) -> bool:
        return all(test.holds(context) for test in self.tests)

    def describe(self, context: Context) -> str:
        return next(test.describe(context) for test in self.tests if not test.holds(context))


def compile_condition(block: object, place: str, *, variables: bool) -> Condition:
    """Read a `Condition` element; `variables`: whether the document's version knows policy variables.

    Raises Undecidable, with `place`, for what IAM refuses or an operator that is not known here.
    """
    if not isinstance(block, Mapping):
        raise Undecidable(place, "is not an object")
    tests = []
    for name, keys in block.items():
        quantifier, _, operator = name.rpartition(":")
        if_exists = operator.endswith(_IF_EXISTS)
        operator = operator.removesuffix(_IF_EXISTS)
        if operator not in _OPERATORS or (quantifier and quantifier not in _QUANTIFIERS):
            raise Undecidable(place, f"operator {name!r} is not known")
        if operator == _NULL and name != _NULL:
            raise Undecidable(place, f"operator {name!r} does not exist: Null stands alone")
        if not isinstance(keys, Mapping) or not keys:
            raise Undecidable(place, f"{name} names no condition key")
        for key, given in keys.items():
            if ":" not in key:
                raise Undecidable(place, f"{key!r} is no condition key: it has no prefix")
            where = f"{place}, {name} on {key}"
            try:
                matchers = tuple(
                    _OPERATORS[operator].compile(value) for value in _values(given, where, variables)
                )
            except ValueError as error:
                raise Undecidable(where, str(error)) from error
            tests.append(_Test(name, key, matchers, operator, quantifier, if_exists))
    return Condition(tuple(tests))


def _values(given: object, place: str, variables: bool) -> list[str]:
    values = []
    for value in given if isinstance(given, list | tuple) else [given]:
        if isinstance(value, bool):
            values.append("true" if value else "false")
        elif isinstance(value, str | int | float):
            values.append(str(value))
        else:
            raise Undecidable(place, "a value is neither text, number nor true or false")
    if not values:
        raise Undecidable(place, "has no value")
    if variables and any("${" in value for value in values):
        raise Undecidable(place, "policy variables are not known")
    return values
