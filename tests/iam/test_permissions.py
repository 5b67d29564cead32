"""What identity policies permit, whoever has them."""

import json
from typing import Any

import pytest

from port_byollm.iam.evaluator import Undecidable
from port_byollm.iam.permissions import Permissions
from port_byollm.iam.witnesses import ACCOUNT

MODEL = "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-v1:0"
ROLE, KEY = "arn:aws:iam::111122223333:role/x", "arn:aws:kms:eu-west-1:111122223333:key/abc"
ANY_ROLE = f"arn:aws:iam::{ACCOUNT}:role/invented"


def permitted(*statements: dict[str, Any], **more: Any) -> list[tuple[str, str, dict[str, str]]]:
    found = Permissions([policy(*statements)], **more).all
    return [(one.action, one.resource, {**one.context}) for one in found]


def policy(*statements: dict[str, Any]) -> str:
    usual = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [usual | statement for statement in statements]})


@pytest.mark.parametrize(
    ("action", "resource", "asked"),
    [
        pytest.param("sts:AssumeRole", ROLE, ROLE, id="a role"),
        pytest.param("sts:AssumeRole", "*", ANY_ROLE, id="any role"),
        pytest.param("sts:TagSession", ROLE, ROLE, id="another action on a role"),
        pytest.param("KMS:decrypt", KEY, KEY, id="a key, spelt otherwise"),
        pytest.param("kms:Decrypt", "*", "*", id="any key"),
        pytest.param("s3:GetObject", "arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/invented", id="an object"),
    ],
)
def test_what_needs_the_consent_of_a_resource_has_that_of_its_account(
    action: str, resource: str, asked: str
) -> None:
    assert permitted({"Action": action, "Resource": resource}) == [(action, asked, {})]


def test_any_action_is_assuming_roles_too() -> None:
    found = permitted({})
    assert ("sts:AssumeRole", ANY_ROLE, {}) in found
    assert ("s3:GetObject", "*", {}) in found
    assert ("bedrock:InvokeModel", MODEL.replace("claude-v1:0", "invented"), {}) in found


def test_wildcard_within_a_service_is_all_that_exists_there() -> None:
    actions = {action for action, _, _ in permitted({"Action": "sts:*"})}
    assert {"sts:AssumeRole", "sts:GetFederationToken"} <= actions
    assert all(action.startswith("sts:") for action in actions)


def test_condition_is_part_of_what_is_permitted() -> None:
    demanded = {"StringEquals": {"aws:PrincipalTag/team": "llm"}}
    found = permitted({"Action": "bedrock:InvokeModel", "Resource": MODEL, "Condition": demanded})
    assert found == [("bedrock:InvokeModel", MODEL, {"aws:principaltag/team": "llm"})]


def test_actions_that_say_no_region_are_tried_in_those_that_conditions_name() -> None:
    condition = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    found = permitted({"Action": "s3:ListAllMyBuckets", "Condition": condition})
    assert found == [("s3:ListAllMyBuckets", "*", {"aws:requestedregion": "eu-west-1"})]


def test_denial_takes_away() -> None:
    allow = {"Action": "bedrock:InvokeModel", "Resource": MODEL}
    assert permitted(allow, {"Effect": "Deny", "Action": "bedrock:Invoke*"}) == []


def test_boundary_takes_away() -> None:
    allow = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/key"}
    assert permitted(allow, boundary=policy({"Action": "bedrock:*"})) == []
    assert len(permitted(allow, boundary=policy({"Action": "s3:*"}))) == 1


def test_what_was_not_found_can_be_asked() -> None:
    found = Permissions([policy({"Action": "bedrock:InvokeModel", "Resource": f"{MODEL[:-1]}*"})])
    assert found.allows("bedrock:InvokeModel", f"{MODEL}:28k", {})
    assert not found.allows("bedrock:InvokeModel", MODEL.replace("claude", "titan"), {})


def test_asks_nothing_that_is_no_request() -> None:
    assert not Permissions([policy({})]).allows("bedrock:Converse", MODEL, {})


@pytest.mark.parametrize("text", ["", "{", "[]", '"text"'])
def test_no_document_is_undecidable_and_not_quoted(text: str) -> None:
    with pytest.raises(Undecidable, match=r"the document: is not (a )?JSON"):
        Permissions([text])
