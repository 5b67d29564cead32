"""Concrete values for patterns and conditions."""

from typing import Any

import pytest

from port_byollm.iam.evaluator import Undecidable
from port_byollm.iam.witnesses import (
    ACCOUNT,
    account_instance,
    conditions,
    contexts,
    favourable,
    has_wildcard,
    instance,
    is_invented,
    pattern_of,
    without_values,
)


def of(block: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Condition": block, **more}


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("anthropic.*", "anthropic.invented"),
        ("claude-v?", "claude-v="),
        ("${aws:username}/*", "invented/invented"),
        ("a/${aws:PrincipalAccount}", f"a/{ACCOUNT}"),
        ("${aws:PrincipalTag/team, 'every:one'}", "invented"),
    ],
)
def test_instance_stands_for_a_pattern(pattern: str, text: str) -> None:
    assert has_wildcard(pattern)
    assert instance(pattern) == text


def test_what_is_written_out_is_its_own_instance() -> None:
    assert not has_wildcard("a$b{c}")
    assert instance("a$b{c}") == "a$b{c}"
    assert not is_invented("a$b{c}")


@pytest.mark.parametrize("pattern", ["*", "anthropic.*", "claude-v?"])
def test_instance_is_told_as_its_pattern(pattern: str) -> None:
    assert is_invented(instance(pattern))
    assert pattern_of(instance(pattern)) == pattern
    assert pattern_of("invented.invented") == "*"


@pytest.mark.parametrize(
    ("pattern", "account"),
    [
        ("111122223333", "111122223333"),
        ("*", ACCOUNT),
        ("1111*", "111199999999"),
        ("*3333", "999999993333"),
        ("11*22*33", "119999992233"),
        ("11112222333?", "111122223339"),
        ("role", ACCOUNT),
        ("role*", ACCOUNT),
    ],
)
def test_account_that_a_pattern_matches(pattern: str, account: str) -> None:
    assert account_instance(pattern) == account


@pytest.mark.parametrize(
    ("operator", "given", "values"),
    [
        ("StringEquals", "a*", {"a*", "invented"}),
        ("StringLike", "a*", {"ainvented", "invented"}),
        ("ForAllValues:StringNotLikeIfExists", "a*", {"ainvented", "invented"}),
        ("Bool", True, {"true", "false"}),
        ("NumericLessThan", 5, {"5", "4.0", "6.0"}),
        ("NumericLessThan", "1e3", {"1e3"}),
        ("DateLessThan", "2026-01-01", {"2026-01-01", "1970-01-02T00:00:00Z", "2999-12-31T00:00:00Z"}),
        ("NotIpAddress", "203.0.113.0/24", {"203.0.113.0", "192.0.2.1"}),
        ("ArnLike", "arn:aws:iam::*:role/a", {"arn:aws:iam::invented:role/a", "arn:aws:invented:::invented"}),
        ("Null", "true", {"invented"}),
    ],
)
def test_values_on_either_side_of_a_comparison(operator: str, given: Any, values: set[str]) -> None:
    found = [*contexts([of({operator: {"aws:X": given}})])]
    assert {} in found
    assert {one["aws:x"] for one in found if one} == values


def test_contexts_of_several_keys_are_all_combinations() -> None:
    found = [*contexts([of({"Null": {"aws:X": "true"}}), of({"Null": {"aws:Y": "true"}})])]
    assert sorted(map(len, found)) == [0, 1, 1, 2]


def test_variables_have_values_too() -> None:
    found = [*contexts([{"Effect": "Allow", "Resource": "arn:aws:s3:::${aws:PrincipalAccount}/*"}])]
    assert found == [{}, {"aws:principalaccount": ACCOUNT}]


def test_what_a_request_leaves_no_choice_about_is_not_tried() -> None:
    statement = of({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})
    assert [*contexts([statement], determined=["aws:requestedregion"])] == [{}]


def test_too_many_combinations_are_undecidable() -> None:
    def block(keys: int) -> list[dict[str, Any]]:
        return [of({"DateLessThan": {f"aws:x{number}": "2026-01-01" for number in range(keys)}})]

    assert len([*contexts(block(6))]) == 4096
    with pytest.raises(Undecidable, match="can hold in 16384 ways"):
        next(contexts(block(7)))


def test_conditions_are_listed_by_operator_key_and_value() -> None:
    block = {"ForAnyValue:StringLikeIfExists": {"aws:X": ["a", "b"]}, "Bool": {"aws:Y": True}}
    assert [*conditions(of(block))] == [
        ("StringLike", "aws:x", "a"),
        ("StringLike", "aws:x", "b"),
        ("Bool", "aws:y", "true"),
    ]


def test_favourable_context_has_what_is_to_be_there() -> None:
    block = {
        "StringLike": {"aws:X": ["a*", "b"], "aws:CalledVia": "athena.amazonaws.com"},
        "Bool": {"aws:Y": True},
        "StringNotEquals": {"aws:Z": "c"},
        "Null": {"aws:N": "true"},
    }
    assert favourable(of(block)) == {"aws:x": "ainvented", "aws:y": "true"}


def test_message_loses_the_longer_values_first() -> None:
    document = '{"Statement": {"Condition": {"StringEquals": {"sts:ExternalId": ["s3cret", "s3cret-2"]}}}}'
    assert without_values("has s3cret-2 and s3cret", document) == "has … and …"
    assert without_values("has s3cret", "no JSON") == "has s3cret"
