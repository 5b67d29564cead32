"""Whatever stands in a document, the answer is a verdict or that there can be none."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from port_byollm.iam.evaluator import Request, Undecidable, Verdict, evaluate

ROLE = "arn:aws:iam::111122223333:role/byollm"

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


def mostly(*usual: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(usual) | anything


statements = st.fixed_dictionaries(
    {"Effect": mostly("Allow", "Deny"), "Action": mostly("sts:AssumeRole", ["sts:*"])},
    optional={
        "Sid": mostly("One"),
        "Principal": mostly("*", {"AWS": ROLE}, {"AWS": [ROLE, "111122223333"]}),
        "Resource": mostly("*", [ROLE]),
        "Condition": mostly({"StringEquals": {"sts:ExternalId": "x"}}, {"Null": {"sts:ExternalId": False}}),
    },
)
documents = anything | st.fixed_dictionaries(
    {"Statement": st.lists(statements | anything, max_size=2) | statements}
)


@given(documents, documents, documents, st.lists(documents, max_size=2))
def test_answers_with_a_verdict_or_undecidable(
    identity: Any, resource: Any, boundary: Any, scps: Any
) -> None:
    request = Request(ROLE, "sts:AssumeRole", "arn:aws:iam::111122223333:role/next", {"sts:ExternalId": "x"})
    try:
        verdict = evaluate(
            request,
            identity_policies=[identity],
            resource_policy=resource,
            permission_boundary=boundary,
            scps=scps,
        )
    except Undecidable as error:
        assert error.place  # noqa: PT017 (either outcome is right)
        assert error.problem  # noqa: PT017
    else:
        assert isinstance(verdict, Verdict)
        assert verdict.reason
