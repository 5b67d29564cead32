"""What holds of every decision, whatever the documents."""

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from port_byollm.iam.evaluator import Decision, Request, Undecidable, evaluate

HOME, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{HOME}:role/path/byollm"
SESSION = f"arn:aws:sts::{HOME}:assumed-role/byollm/port"
USERS = (f"arn:aws:iam::{HOME}:user/ci", f"arn:aws:iam::{OTHER}:user/ci")
SECRET = f"arn:aws:secretsmanager:eu-west-1:{HOME}:secret:key-AbCdEf"
GET, PUT = "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"

Statement = dict[str, Any]

conditions: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "StringEquals": st.just({"aws:PrincipalTag/team": ["a", "${aws:username}"]}),
        "StringNotLikeIfExists": st.just({"aws:RequestedRegion": "eu-*"}),
        "ForAllValues:StringEquals": st.just({"aws:TagKeys": ["a", "b"]}),
        "Null": st.just({"aws:username": "true"}),
    },
)


def statements(**elements: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Statement]]:
    one = st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
            "Action": st.sampled_from(["*", GET, PUT, "secretsmanager:Get*", "s3:*"]),
            "Resource": st.sampled_from(["*", SECRET, "arn:aws:secretsmanager:*:*:*", "arn:aws:s3:::a"]),
            **elements,
        },
        optional={"Condition": conditions},
    )
    return st.lists(one, min_size=1, max_size=3)


principals = st.sampled_from(["*", *({"AWS": one} for one in (ROLE, SESSION, *USERS, HOME, OTHER))])
policies = statements().map(lambda given: {"Version": "2012-10-17", "Statement": given})
resource_policies = statements(Principal=principals).map(
    lambda given: {"Version": "2012-10-17", "Statement": given}
)
worlds = st.fixed_dictionaries(
    {"identity_policies": st.lists(policies, max_size=2)},
    optional={
        "resource_policy": resource_policies,
        "permission_boundary": policies,
        "scps": st.lists(st.lists(policies, min_size=1, max_size=2), min_size=1, max_size=2),
    },
)
requests = st.builds(
    Request,
    st.sampled_from([ROLE, SESSION, *USERS]),
    st.just(GET),
    st.just(SECRET),
    st.fixed_dictionaries(
        {},
        optional={
            "aws:PrincipalTag/team": st.sampled_from(["a", "b"]),
            "aws:username": st.sampled_from(["b", "ci"]),
            "aws:RequestedRegion": st.sampled_from(["eu-west-1", "us-east-1"]),
            "aws:TagKeys": st.sampled_from([[], ["a"], ["a", "c"]]),
        },
    ),
)
places = st.sampled_from(["identity_policies", "resource_policy", "permission_boundary", "scps"])


def documents(world: dict[str, Any], place: str) -> list[dict[str, Any]]:
    given = world.get(place) or []
    if place == "scps":
        return [document for level in given for document in level]
    return given if isinstance(given, list) else [given]


def with_statements(world: dict[str, Any], change: Any) -> dict[str, Any]:
    """`world` with `change` made to the statements of each document."""

    def changed(given: Any) -> Any:
        if isinstance(given, list):
            return [changed(one) for one in given]
        return {**given, "Statement": change(given["Statement"])}

    return {place: changed(given) for place, given in world.items()}


@given(worlds, requests, places, st.data())
def test_an_added_deny_never_allows_more(
    world: dict[str, Any], request: Request, place: str, data: st.DataObject
) -> None:
    before = evaluate(request, **world)
    targets = documents(world, place)
    assume(targets)
    elements: dict[str, Any] = {"Principal": principals} if place == "resource_policy" else {}
    deny = {**data.draw(statements(**elements))[0], "Effect": "Deny"}
    target = data.draw(st.sampled_from(targets))
    after = evaluate(
        request,
        **with_statements(world, lambda given: [*given, deny] if given is target["Statement"] else given),
    )
    assert after.allowed <= before.allowed
    if before.decision is Decision.EXPLICITLY_DENIED:
        assert after.decision is before.decision


@given(worlds, requests)
def test_the_order_of_statements_and_documents_does_not_matter(
    world: dict[str, Any], request: Request
) -> None:
    turned = with_statements(world, lambda given: given[::-1])
    turned["identity_policies"] = turned["identity_policies"][::-1]
    if "scps" in turned:
        turned["scps"] = [level[::-1] for level in turned["scps"]][::-1]
    assert evaluate(request, **turned).decision is evaluate(request, **world).decision


@given(worlds, requests, st.sampled_from(["Action", "Resource"]))
def test_a_wildcard_never_allows_less(world: dict[str, Any], request: Request, element: str) -> None:
    def wider(given: list[Statement]) -> list[Statement]:
        return [one | {element: "*"} if one["Effect"] == "Allow" else one for one in given]

    assert evaluate(request, **with_statements(world, wider)).allowed >= evaluate(request, **world).allowed


@given(worlds, requests)
def test_an_allow_without_its_condition_never_allows_less(world: dict[str, Any], request: Request) -> None:
    def unconditional(given: list[Statement]) -> list[Statement]:
        return [one | {"Condition": {}} if one["Effect"] == "Allow" else one for one in given]

    freed = evaluate(request, **with_statements(world, unconditional))
    assert freed.allowed >= evaluate(request, **world).allowed


@given(worlds, requests, policies)
def test_a_boundary_and_a_level_of_scps_never_allow_more(
    world: dict[str, Any], request: Request, policy: dict[str, Any]
) -> None:
    before = evaluate(request, **world).allowed
    assert evaluate(request, **{**world, "scps": [*world.get("scps", []), [policy]]}).allowed <= before
    if "permission_boundary" not in world:
        assert evaluate(request, **{**world, "permission_boundary": policy}).allowed <= before


@given(worlds, requests)
def test_the_same_question_gets_the_same_answer(world: dict[str, Any], request: Request) -> None:
    verdict = evaluate(request, **world)
    assert verdict == evaluate(request, **world)
    named = {"Allowed": "allowed by", "ExplicitlyDenied": "denies it", "ImplicitlyDenied": "nothing in"}
    assert named[verdict.decision.value] in verdict.reason


@given(worlds, requests)
def test_a_statement_that_iam_would_refuse_leaves_nothing_decided(
    world: dict[str, Any], request: Request
) -> None:
    assume(any(documents(world, place) for place in world))
    broken = with_statements(world, lambda given: [*given, given[0] | {"Effect": "Perhaps"}])
    try:
        verdict = evaluate(request, **broken)
    except Undecidable as error:
        assert "Effect is neither Allow nor Deny" in str(error)  # noqa: PT017 (the only right outcome)
    else:
        raise AssertionError(verdict)
