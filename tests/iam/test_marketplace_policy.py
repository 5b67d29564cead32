import pytest

from port_byollm.iam.evaluator import Decision, Request, evaluate
from port_byollm.iam.marketplace_policy import marketplace

USER = "arn:aws:iam::111122223333:user/port-byollm-prod"


@pytest.mark.parametrize(
    ("action", "via", "decision"),
    [
        ("aws-marketplace:Subscribe", "bedrock.amazonaws.com", Decision.ALLOWED),
        ("aws-marketplace:ViewSubscriptions", "bedrock.amazonaws.com", Decision.ALLOWED),
        ("aws-marketplace:Subscribe", "sagemaker.amazonaws.com", Decision.IMPLICITLY_DENIED),
        ("aws-marketplace:Subscribe", None, Decision.IMPLICITLY_DENIED),
        ("aws-marketplace:Unsubscribe", "bedrock.amazonaws.com", Decision.IMPLICITLY_DENIED),
    ],
)
def test_permits_subscribing_where_bedrock_asks_for_it(
    action: str, via: str | None, decision: Decision
) -> None:
    context = {"aws:CalledViaLast": via} if via else {}
    request = Request(USER, action, "*", context)
    assert evaluate(request, identity_policies=[marketplace().to_dict()]).decision is decision
