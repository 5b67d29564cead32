"""Whom a trust policy admits beside Port's gateway."""

from typing import Any

import pytest

from port_byollm.catalogue import GATEWAY_PRINCIPALS

from .conftest import EXTERNAL_ID, Judge, role, trust_policy

ROLE = "aws:iam/role:Role"
EU = GATEWAY_PRINCIPALS["eu"]
PORT = "185657066287"
FOREIGN = "arn:aws:iam::444455556666:role/somebody"
ANYONE = "assumeRolePolicy: admits principals of any AWS account"


def trusting(principal: Any, **condition: Any) -> dict[str, Any]:
    """A trust policy of one statement."""
    demanded = {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}} | condition
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": demanded}
    return {"Version": "2012-10-17", "Statement": statement}


def test_gateway_passes(judge: Judge) -> None:
    assert judge(ROLE, role()) == []
    assert judge(ROLE, role(trusting({"AWS": EU}))) == []


def test_gateway_named_by_a_condition_passes(judge: Judge) -> None:
    assert judge(ROLE, role(trusting("*", ArnEquals={"aws:PrincipalArn": EU}))) == []


def test_role_of_somebody_else_is_no_matter_of_ours(judge: Judge) -> None:
    assert judge(ROLE, role(trusting({"Service": "lambda.amazonaws.com"}))) == []
    assert judge(ROLE, role(trusting({"AWS": FOREIGN}))) == []


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": [EU, "*"]}])
def test_wildcard_is_found(judge: Judge, principal: Any) -> None:
    assert judge(ROLE, role(trusting(principal))) == [ANYONE]


def test_wildcard_in_an_organization_is_found(judge: Judge) -> None:
    trust = trusting("*", StringEquals={"aws:PrincipalOrgID": "o-0123456789"})

    assert judge(ROLE, role(trust)) == [ANYONE]


@pytest.mark.parametrize("root", [PORT, f"arn:aws:iam::{PORT}:root"])
def test_account_root_is_found(judge: Judge, root: str) -> None:
    assert judge(ROLE, role(trusting({"AWS": [EU, root]}))) == [
        f"assumeRolePolicy: admits every principal that account {PORT} permits to assume it"
    ]


def test_foreign_principal_is_found(judge: Judge) -> None:
    assert judge(ROLE, role(trusting({"AWS": [EU, FOREIGN]}))) == [
        f"assumeRolePolicy: admits {FOREIGN}, which is not Port's gateway"
    ]


def test_foreign_principal_of_an_account_that_is_admitted_is_said_once(judge: Judge) -> None:
    assert judge(ROLE, role(trusting({"AWS": [EU, FOREIGN, "444455556666"]}))) == [
        "assumeRolePolicy: admits every principal that account 444455556666 permits to assume it"
    ]


def test_foreign_principal_in_a_second_statement_is_found(judge: Judge) -> None:
    trust = trust_policy()
    trust["Statement"].append(trusting({"AWS": FOREIGN})["Statement"])

    assert judge(ROLE, role(trust)) == [f"assumeRolePolicy: admits {FOREIGN}, which is not Port's gateway"]


def test_foreign_principal_that_is_denied_again_passes(judge: Judge) -> None:
    trust = trusting({"AWS": [EU, FOREIGN]})
    denial = {"Effect": "Deny", "Principal": {"AWS": FOREIGN}, "Action": "sts:*"}
    trust["Statement"] = [trust["Statement"], {**denial, "Action": "sts:AssumeRole"}]

    assert judge(ROLE, role(trust)) == []


def test_foreign_principal_named_by_a_condition_is_found(judge: Judge) -> None:
    trust = trusting("*", ArnEquals={"aws:PrincipalArn": [EU, FOREIGN]})

    assert judge(ROLE, role(trust)) == [f"assumeRolePolicy: admits {FOREIGN}, which is not Port's gateway"]


def test_service_is_found(judge: Judge) -> None:
    assert judge(ROLE, role(trusting({"AWS": EU, "Service": "lambda.amazonaws.com"}))) == [
        "assumeRolePolicy: admits Service lambda.amazonaws.com"
    ]


def test_our_role_that_does_not_admit_the_gateway_is_found(judge: Judge) -> None:
    urn = f"urn:pulumi:prod::byollm::port-byollm:index:GatewayRole${ROLE}::bedrock"

    assert judge(ROLE, role(trusting({"AWS": FOREIGN})), urn=urn) == [
        f"assumeRolePolicy: admits {FOREIGN}, which is not Port's gateway",
        "assumeRolePolicy: does not admit Port's gateway",
    ]


NEAR = "arn:aws:iam::999999999999:role/port-ai-bring-your-own-llm-invented"


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        pytest.param(
            {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/port-ai-bring-your-own-llm-*"}},
            f"admits {NEAR}, which is not Port's gateway",
            id="a name in any account",
        ),
        pytest.param(
            {"StringLike": {"aws:PrincipalArn": "*:role/port-ai-bring-your-own-llm-*"}},
            f"admits {NEAR.replace('role/', 'role/invented:role/')}, which is not Port's gateway",
            id="a wildcard over colons",
        ),
        pytest.param(
            {"ArnLike": {"aws:PrincipalArn": f"{EU[:-1]}?"}},
            f"admits {EU[:-1]}=, which is not Port's gateway",
            id="another character",
        ),
        pytest.param(
            {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{PORT}:role/*-eu-west-1"}},
            f"admits arn:aws:iam::{PORT}:role/invented-eu-west-1, which is not Port's gateway",
            id="a wildcard in the middle",
        ),
        pytest.param(
            {"StringLike": {"aws:PrincipalAccount": f"{PORT[:-2]}*"}},
            f"admits every principal that account {PORT[:-2]}99 permits to assume it",
            id="accounts alike",
        ),
        pytest.param(
            {"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}},
            "admits principals of any AWS account",
            id="any account but one",
        ),
    ],
)
def test_pattern_that_others_match_is_found(judge: Judge, condition: dict[str, Any], found: str) -> None:
    assert judge(ROLE, role(trusting("*", **condition))) == [f"assumeRolePolicy: {found}"]


def test_trust_written_as_an_object_is_read(judge: Judge) -> None:
    assert judge(ROLE, {"name": "gateway", "assumeRolePolicy": trusting({"AWS": ["*"]})}) == [ANYONE]
