"""Which of Port's gateways a role admits."""

from port_byollm.catalogue import GATEWAY_PRINCIPALS

from .conftest import Judge, role, trust_policy

ROLE = "aws:iam/role:Role"


def test_gateway_of_the_residency_passes(judge: Judge) -> None:
    trust = trust_policy(principals=[GATEWAY_PRINCIPALS["eu"]])

    assert judge(ROLE, role(trust), {"residency": "eu"}) == []


def test_gateway_elsewhere_is_found(judge: Judge) -> None:
    assert judge(ROLE, role(), {"residency": "eu"}) == [
        f"assumeRolePolicy: admits {GATEWAY_PRINCIPALS['us']}, Port's gateway in us, "
        "but the residency requires eu"
    ]


def test_region_of_port_may_be_said(judge: Judge) -> None:
    [problem] = judge(ROLE, role(), {"residency": "jp", "portRegion": "us"})

    assert GATEWAY_PRINCIPALS["eu"] in problem


def test_nothing_is_asked_for_without_a_residency(judge: Judge) -> None:
    assert judge(ROLE, role()) == []
