"""What a revocation denies, decided by the evaluator."""

from datetime import UTC, datetime

import pytest

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam.evaluator import Decision, Request, evaluate
from port_byollm.iam.revocation import closed_trust, is_closed, older_sessions_denied
from port_byollm.iam.trust_policy import gateway_trust

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/port"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/port/gateway"
ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
MOMENT = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("caller", [*GATEWAY_PRINCIPALS.values(), f"arn:aws:iam::{ACCOUNT}:role/admin"])
def test_nobody_may_assume_a_role_whose_trust_is_closed(caller: str) -> None:
    request = Request(caller, "sts:AssumeRole", ROLE, {"sts:ExternalId": "any"})

    verdict = evaluate(request, identity_policies=[ALLOW_ALL], resource_policy=closed_trust().to_dict())

    assert verdict.decision is Decision.EXPLICITLY_DENIED


def test_a_closed_trust_is_told_from_any_other() -> None:
    assert is_closed(closed_trust().to_dict())
    assert not is_closed(gateway_trust([*GATEWAY_PRINCIPALS.values()], ["an-external-id"]).to_dict())
    assert not is_closed({"Version": "2012-10-17", "Statement": []})


@pytest.mark.parametrize(
    ("issued", "decision"),
    [
        ({"aws:TokenIssueTime": "2026-11-22T11:59:59Z"}, Decision.EXPLICITLY_DENIED),
        ({"aws:TokenIssueTime": "2026-11-22T12:00:00Z"}, Decision.ALLOWED),
        ({}, Decision.ALLOWED),  # a request with an access key
    ],
)
@pytest.mark.parametrize("action", ["bedrock:InvokeModel", "iam:DeleteRolePolicy"])
def test_only_sessions_from_before_are_denied_whatever_they_ask(
    issued: dict[str, str], decision: Decision, action: str
) -> None:
    resource = ROLE if action.startswith("iam:") else "arn:aws:bedrock:eu-west-1::foundation-model/a.b"
    policies = [ALLOW_ALL, older_sessions_denied(MOMENT).to_dict()]

    assert (
        evaluate(Request(SESSION, action, resource, issued), identity_policies=policies).decision is decision
    )
