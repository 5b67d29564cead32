"""The boundary of the gateway's role or user."""

from .conftest import ACCOUNT, Judge, role

ROLE, USER = "aws:iam/role:Role", "aws:iam/user:User"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/port-byollm-boundary"
OUR_USER = f"urn:pulumi:prod::byollm::port-byollm:index:GatewayUser${USER}::bedrock"


def test_bounded_role_and_user_pass(judge: Judge) -> None:
    assert judge(ROLE, role(permissionsBoundary=BOUNDARY), {"boundaries": [BOUNDARY]}) == []
    assert judge(USER, {"name": "u", "permissionsBoundary": BOUNDARY}, urn=OUR_USER) == []


def test_role_and_user_without_boundary_are_found(judge: Judge) -> None:
    assert judge(ROLE, role()) == ["permissionsBoundary: missing"]
    assert judge(USER, {"name": "u"}, urn=OUR_USER) == ["permissionsBoundary: missing"]


def test_other_boundary_is_found(judge: Judge) -> None:
    other = "arn:aws:iam::aws:policy/AdministratorAccess"

    assert judge(ROLE, role(permissionsBoundary=other), {"boundaries": [BOUNDARY]}) == [
        f"permissionsBoundary: is {other}, which `boundaries` does not list"
    ]


def test_user_of_somebody_else_passes(judge: Judge) -> None:
    assert judge(USER, {"name": "u"}) == []
