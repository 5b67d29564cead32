"""Whom trust policies admit."""

import json
from typing import Any

import pytest

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam.admissions import STRANGER, Trust, everyone_in
from port_byollm.iam.evaluator import Undecidable

GATEWAY = GATEWAY_PRINCIPALS["eu"]
ROLE, ACCOUNT = "arn:aws:iam::111122223333:role/other", "111122223333"


def trust(principal: Any, **more: Any) -> Trust:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    return Trust(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


@pytest.mark.parametrize(
    ("principal", "admitted"),
    [
        pytest.param({"AWS": ROLE}, [ROLE], id="a role"),
        pytest.param({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, [everyone_in(ACCOUNT)], id="an account's root"),
        pytest.param({"AWS": ACCOUNT}, [everyone_in(ACCOUNT)], id="an account"),
        pytest.param("*", [STRANGER, *GATEWAY_PRINCIPALS.values()], id="everyone"),
        pytest.param({"Service": "ec2.amazonaws.com"}, [], id="a service"),
    ],
)
def test_who_is_admitted(principal: Any, admitted: list[str]) -> None:
    assert trust(principal).principals == admitted
    assert trust(principal).admits_gateway == (GATEWAY in admitted)


@pytest.mark.parametrize(
    ("key", "value", "admitted"),
    [
        ("aws:PrincipalArn", ROLE, ROLE),
        ("aws:PrincipalArn", "arn:aws:iam::111122223333:role/team-*", f"{ROLE[:-5]}team-invented"),
        ("aws:PrincipalArn", "*team-*", "arn:aws:iam::999999999999:role/inventedteam-invented"),
        ("aws:PrincipalAccount", ACCOUNT, everyone_in(ACCOUNT)),
        ("aws:PrincipalAccount", "1111*", everyone_in("111199999999")),
    ],
)
def test_everyone_whom_a_condition_names_is_admitted(key: str, value: str, admitted: str) -> None:
    found = trust("*", Condition={"StringLike": {key: value}})
    assert admitted in found.principals
    assert STRANGER not in found.principals


def test_others_and_other_actions_are_told_as_they_are_written() -> None:
    found = trust(
        {"AWS": GATEWAY, "Service": "ec2.amazonaws.com"}, Action=["STS:assumerole", "sts:TagSession"]
    )
    assert found.others == ["Service ec2.amazonaws.com"]
    assert found.other_actions == ["sts:TagSession"]


def test_external_ids_are_those_that_somebody_chose() -> None:
    assert trust({"AWS": GATEWAY}).external_ids == []
    assert not trust({"AWS": GATEWAY}).demands_external_id
    for operator, demanded in (("StringEquals", True), ("StringLike", False)):
        found = trust({"AWS": GATEWAY}, Condition={operator: {"sts:ExternalId": ["one", "t*o"]}})
        assert found.demands_external_id is demanded
        assert "one" in found.external_ids
        assert "one" not in repr(found.admissions)


def test_trust_policy_with_a_resource_is_undecidable() -> None:
    with pytest.raises(Undecidable, match="has a Resource, which a trust policy cannot have"):
        trust({"AWS": GATEWAY}, Resource="*")
