"""Whatever stands in a document, the answer is a verdict or that there can be none."""

from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from port_byollm.iam.evaluator import Request, Undecidable, evaluate

ROLE = "arn:aws:iam::111122223333:role/byollm"
NEXT = "arn:aws:iam::111122223333:role/next"

texts = st.sampled_from(
    [
        "*",
        "",
        "Allow",
        "Deny",
        "sts:AssumeRole",
        "sts:*",
        "arn:aws:iam::*:role/*",
        "111122223333",
        ROLE,
        "true",
        "2012-10-17",
    ]
)
scalars = st.none() | st.booleans() | st.integers(-1, 1) | texts
keys = st.sampled_from(
    [
        *(
            "Version",
            "Statement",
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
        ),
        *(
            "NotResource",
            "Condition",
            "AWS",
            "Service",
            "StringEquals",
            "ForAllValues:ArnLike",
            "NullIfExists",
        ),
        *("Null", "sts:ExternalId", "key"),
    ]
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4)
)


def almost(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """`usual`, and in one case of twenty whatever."""
    return st.integers(0, 19).flatmap(lambda chance: anything if chance == 13 else usual)


def mostly(*usual: Any) -> st.SearchStrategy[Any]:
    return almost(st.sampled_from(usual))


def documents(**elements: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    statement = st.fixed_dictionaries(
        {"Effect": mostly("Allow", "Deny"), "Action": mostly("sts:AssumeRole", ["sts:*"], "*"), **elements},
        optional={
            "Sid": mostly("One"),
            "Condition": mostly(
                {"StringEquals": {"sts:ExternalId": "x"}},
                {"Null": {"sts:ExternalId": True}},
                {"ForAllValues:ArnLike": {"aws:PrincipalArn": ROLE}},
            ),
        },
    )
    statements = almost(st.lists(almost(statement), min_size=1, max_size=2) | statement)
    return almost(st.fixed_dictionaries({"Statement": statements}))


callers = documents(Resource=mostly("*", [NEXT], "arn:aws:iam::*:role/*"))
trusts = documents(Principal=mostly("*", {"AWS": ROLE}, {"AWS": [ROLE, "111122223333"]}))


@given(callers, trusts, st.lists(callers, max_size=1))
def test_answers_with_a_verdict_or_undecidable(identity: Any, trust: Any, scps: Any) -> None:
    request = Request(ROLE, "sts:AssumeRole", NEXT, {"sts:ExternalId": "x"})
    try:
        verdict = evaluate(request, identity_policies=[identity], resource_policy=trust, scps=scps)
    except Undecidable as error:
        event("undecidable")
        assert error.place  # noqa: PT017 (either outcome is right)
        assert error.problem  # noqa: PT017
    else:
        event(verdict.decision.value)
        assert verdict.reason
