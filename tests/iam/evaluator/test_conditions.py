from typing import Any

import pytest

from port_byollm.iam.evaluator import Undecidable
from port_byollm.iam.evaluator.conditions import compile_condition, context_of

ROLE = "arn:aws:iam::111122223333:role/a"


def holds(operator: str, given: Any, **context: str | list[str]) -> bool:
    condition = compile_condition({operator: {"aws:Key": given}}, "here", variables=True)
    return condition.holds(context_of({f"aws:{key}": value for key, value in context.items()}))


@pytest.mark.parametrize(
    ("operator", "given", "value", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", "a*", "a*", True),
        ("StringEquals", ["x", "a"], "a", True),
        ("StringNotEquals", ["x", "a"], "a", False),
        ("StringNotEquals", ["x", "y"], "a", True),
        ("StringEqualsIgnoreCase", "AB", "ab", True),
        ("StringNotEqualsIgnoreCase", "AB", "ab", False),
        ("StringLike", "a*c?", "a:b:cd", True),
        ("StringLike", "a?", "a", False),
        ("StringNotLike", ["x", "a*"], "ab", False),
        ("ArnEquals", "arn:aws:iam::*:role/*", ROLE, True),
        ("ArnLike", "arn:aws:iam::*:role/*", ROLE, True),
        ("ArnLike", "arn:aws:iam:*:role/*", ROLE, None),
        ("ArnLike", "arn:aws:*::role/a", ROLE, None),
        ("ArnLike", "arn:aws:*:111122223333:*:role/a", ROLE, False),
        ("StringLike", "arn:aws:*:role/a", ROLE, True),
        ("ArnNotEquals", "arn:aws:iam::*:role/*", ROLE, False),
        ("ArnNotLike", "arn:aws:iam::*:user/*", ROLE, True),
        ("ArnLike", "arn:aws:iam::*:role/*", "not-an-arn", False),
        ("Bool", "true", "true", True),
        ("Bool", True, "true", True),
        ("Bool", "false", "true", False),
        ("Bool", "True", "TRUE", True),
        ("Bool", "false", "something", False),
        ("StringEquals", True, "true", True),
        ("StringEquals", 3600, "3600", True),
        ("Null", "true", "a", False),
        ("Null", "false", "a", True),
        ("Null", False, "a", True),
    ],
)
def test_one_value(operator: str, given: Any, value: str, expected: bool | None) -> None:
    if expected is None:
        with pytest.raises(Undecidable, match="not an ARN"):
            holds(operator, given, Key=value)
    else:
        assert holds(operator, given, Key=value) is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("StringLike", False),
        ("ArnLike", False),
        ("ArnEquals", False),
        ("StringNotEquals", True),
        ("StringNotLike", True),
        ("ArnNotLike", True),
        ("ArnNotEquals", True),
        ("StringEqualsIfExists", True),
        ("StringNotEqualsIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAllValues:StringNotEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", True),
    ],
)
@pytest.mark.parametrize("context", [{}, {"Key": []}], ids=["absent", "empty"])
def test_absent_key(operator: str, expected: bool, context: dict[str, list[str]]) -> None:
    assert holds(operator, "arn:aws:iam::111122223333:role/*", **context) is expected


def test_bool_of_an_absent_key_is_false_either_way() -> None:
    assert not holds("Bool", "false")
    assert not holds("Bool", "true")
    assert holds("BoolIfExists", "false")


def test_null_asks_for_absence() -> None:
    assert holds("Null", "true")
    assert not holds("Null", "false")


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("ForAllValues:StringEquals", ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "c"], False),
        ("ForAnyValue:StringEquals", ["c", "b"], True),
        ("ForAnyValue:StringEquals", ["c", "d"], False),
        ("ForAllValues:StringNotEquals", ["c", "d"], True),
        ("ForAllValues:StringNotEquals", ["c", "a"], False),
        ("ForAnyValue:StringNotEquals", ["a", "c"], True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], False),
        ("StringEquals", ["a"], True),
    ],
)
def test_several_values(operator: str, values: list[str], expected: bool) -> None:
    assert holds(operator, ["a", "b"], Key=values) is expected


@pytest.mark.parametrize("operator", ["StringEquals", "StringNotEquals", "StringEqualsIfExists", "Bool"])
def test_several_values_want_a_quantifier(operator: str) -> None:
    assert not holds(operator, "true", Key=["true", "b"])


def test_keys_are_case_insensitive() -> None:
    condition = compile_condition({"StringEquals": {"STS:externalid": "x"}}, "here", variables=True)
    assert condition.holds(context_of({"sts:ExternalId": "x"}))
    with pytest.raises(Undecidable, match="twice"):
        context_of({"sts:ExternalId": "x", "sts:externalid": "y"})


def test_all_keys_and_operators_must_hold() -> None:
    block = {"StringEquals": {"a:x": "1", "a:y": "2"}, "StringLike": {"a:z": "*"}}
    condition = compile_condition(block, "here", variables=True)
    whole = {"a:x": "1", "a:y": "2", "a:z": "3"}
    assert condition.holds(context_of(whole))
    for missing in whole:
        assert not condition.holds(context_of({key: value for key, value in whole.items() if key != missing}))


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ([], "is not an object"),
        ({"StringEqual": {"a:x": "1"}}, "operator 'StringEqual' does not exist"),
        ({"stringequals": {"a:x": "1"}}, "operator 'stringequals' does not exist"),
        ({"ForSomeValues:StringEquals": {"a:x": "1"}}, "does not exist"),
        ({":StringEquals": {"a:x": "1"}}, "does not exist"),
        ({"StringEqualsIfExistsIfExists": {"a:x": "1"}}, "does not exist"),
        ({"ForAllValues:ForAnyValue:StringEquals": {"a:x": "1"}}, "does not exist"),
        ({"NumericLessThan": {"a:x": "one"}}, "not a number"),
        ({"NumericEquals": {"a:x": "NaN"}}, "not a number"),
        ({"DateLessThan": {"a:x": "2026-13-01"}}, "neither a date"),
        ({"DateEquals": {"a:x": "tomorrow"}}, "neither a date"),
        ({"IpAddress": {"a:x": "10.0.0.0/33"}}, "neither an IP address"),
        ({"BinaryEquals": {"a:x": "not base64!"}}, "not base64"),
        ({"NullIfExists": {"a:x": "true"}}, "Null already tests for the key itself"),
        ({"StringEquals": "a:x"}, "not an object of condition keys"),
        ({"StringEquals": {"a:x": "1", "A:X": "2"}}, "twice, in different case"),
        ({"StringEquals": {"x": "1"}}, "not a condition key: it has no prefix"),
        ({"StringEquals": {"a:x": []}}, "has no value"),
        ({"StringEquals": {"a:x": None}}, "neither text, a number"),
        ({"StringEquals": {"a:x": [["1"]]}}, "neither text, a number"),
        ({"Bool": {"a:x": "yes"}}, 'neither "true" nor "false"'),
        ({"Null": {"a:x": "1"}}, 'neither "true" nor "false"'),
        ({"ArnLike": {"a:x": "role"}}, "not an ARN"),
        ({"Bool": {"a:x": "${aws:username}"}}, "does not support policy variables"),
        ({"StringEquals": {"a:x": "${aws:username"}}, "without its closing brace"),
        ({"StringEquals": {"a:x": "${}"}}, "has the variable"),
        ({"StringEquals": {"a:x": "${aws:a, b}"}}, "has the variable"),
        ({"StringEquals": {"a:x": "${username}"}}, "has the variable"),
    ],
)
def test_refuses_to_guess(block: Any, problem: str) -> None:
    with pytest.raises(Undecidable) as raised:
        compile_condition(block, "here", variables=True)
    assert raised.value.place.startswith("here")
    assert problem in raised.value.problem


def test_older_version_takes_variables_literally() -> None:
    condition = compile_condition({"StringEquals": {"a:x": "${a}"}}, "here", variables=False)
    assert condition.holds(context_of({"a:x": "${a}"}))


def test_description_keeps_values_out() -> None:
    condition = compile_condition({"StringEquals": {"sts:ExternalId": "right-one"}}, "here", variables=True)
    asked: list[tuple[dict[str, str | list[str]], str]] = [
        ({"sts:ExternalId": "wrong-one"}, "has another value"),
        (
            {"sts:ExternalId": ["right-one", "wrong-one"]},
            "has several values, but the operator has no quantifier",
        ),
        ({}, "has no such key"),
    ]
    for given, expected in asked:
        text = condition.describe(context_of(given))
        assert "StringEquals on sts:ExternalId" in text
        assert expected in text
        assert "-one" not in text


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"Null": {"a:x": "true"}}, "the request has the key"),
        ({"ForAllValues:StringEquals": {"a:x": "c"}}, "the request has another value"),
    ],
)
def test_description_of_several_values(block: dict[str, dict[str, str]], expected: str) -> None:
    condition = compile_condition(block, "here", variables=True)
    values = ["a"] if "Null" in block else ["a", "b"]
    assert condition.describe(context_of({"a:x": values})).endswith(expected)
