import time
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_byollm.iam.evaluator import matching
from port_byollm.iam.evaluator.matching import AnyOf


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", "", True),
        ("a", "a", True),
        ("a", "A", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a?c", "abbc", False),
        ("a*c", "ac", True),
        ("a*c", "a:/\nc", True),
        ("a*b*c", "abab", False),
        ("*b", "ab\n", False),
        ("**a", "a", True),
        ("a.c", "abc", False),
        ("a[b]*", "ab", False),
    ],
)
def test_wildcards(pattern: str, text: str, expected: bool) -> None:
    assert AnyOf([pattern], matching.wildcards).matches(text, {}) is expected


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_wildcards_agree_with_the_shells(pattern: str, text: str) -> None:
    assert AnyOf([pattern], matching.wildcards).matches(text, {}) is fnmatchcase(text, pattern)


def test_many_wildcards_do_not_explode() -> None:
    started = time.perf_counter()
    for compile_value, pattern in ((matching.wildcards, "{}"), (matching.arn, "arn:aws:{0}:{0}:{0}:{0}")):
        value = pattern.format("*a" * 40 + "*b")
        assert not AnyOf([value], compile_value).matches(pattern.format("a" * 2000), {})
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", "not-an-arn", True),
        (
            "arn:aws:bedrock:*::foundation-model/*",
            "arn:aws:bedrock:eu-west-1::foundation-model/a.b-v1:0",
            True,
        ),
        ("arn:aws:bedrock:*::foundation-model/*", "arn:aws:bedrock:::foundation-model/a.b", True),
        ("arn:aws:bedrock:*:*:foundation-model/*", "arn:aws:bedrock:::foundation-model/a.b", True),
        ("arn:aws:bedrock:eu-*::foundation-model/*", "arn:aws:bedrock:::foundation-model/a.b", False),
        (
            "arn:aws:bedrock:eu-west-?::foundation-model/a",
            "arn:aws:bedrock:eu-west-1::foundation-model/a",
            True,
        ),
        (
            "arn:aws:bedrock:eu-west-??::foundation-model/a",
            "arn:aws:bedrock:eu-west-1::foundation-model/a",
            False,
        ),
        ("arn:aws:bedrock:*::foundation-model/a", "arn:aws:bedrock:x:1::foundation-model/a", False),
        ("arn:aws:bedrock:*::foundation-model/A", "arn:aws:bedrock:::foundation-model/a", False),
        ("arn:aws:sqs", "arn:aws:sqs:eu-west-1:111122223333:queue", True),
        ("arn:aws:iam::111122223333:role/*", "arn:aws:iam::111122223333:role/path/name", True),
        ("arn:*", "not-an-arn", False),
    ],
)
def test_arns_match_part_by_part(pattern: str, text: str, expected: bool) -> None:
    assert AnyOf([pattern], matching.arn).matches(text, {}) is expected
