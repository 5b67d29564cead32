import pytest

from port_byollm import GatewayRole, GatewayRoleArgs
from port_byollm.catalogue import GATEWAY_PRINCIPALS

from .conftest import Run, refusal

ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"


def test_trusts_both_gateways_with_the_external_ids_that_are_given(run: Run) -> None:
    registered = run(lambda: GatewayRole("bedrock", GatewayRoleArgs(external_ids=["new-value", "old-value"])))
    [trust] = registered.documents(ROLE, "assumeRolePolicy")
    [statement] = trust["Statement"]
    assert statement["Principal"] == {"AWS": list(GATEWAY_PRINCIPALS.values())}
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": ["new-value", "old-value"]}}


def test_trusts_one_gateway_without_condition_when_asked(run: Run) -> None:
    registered = run(lambda: GatewayRole("bedrock", GatewayRoleArgs(port_region="us")))
    [trust] = registered.documents(ROLE, "assumeRolePolicy")
    [statement] = trust["Statement"]
    assert statement["Principal"]["AWS"] in (GATEWAY_PRINCIPALS["us"], [GATEWAY_PRINCIPALS["us"]])
    assert "Condition" not in statement


def test_name_is_made_of_the_stack_and_attachments_follow(run: Run) -> None:
    arns = ["arn:aws:iam::123456789012:policy/one", "arn:aws:iam::123456789012:policy/two"]
    registered = run(
        lambda: GatewayRole("bedrock", GatewayRoleArgs(policy_arns=[*arns], max_session_duration=7200))
    )
    [role] = registered.of(ROLE)
    assert role["name"] == "port-byollm-test"
    assert role["maxSessionDuration"] == 7200
    assert sorted(attachment["policyArn"] for attachment in registered.of(ATTACHMENT)) == arns


@pytest.mark.parametrize(
    ("args", "field"),
    [
        (GatewayRoleArgs(role_name="team/port"), "role_name"),
        (GatewayRoleArgs(role_name="r" * 65), "role_name"),
        (GatewayRoleArgs(role_name="rôle"), "role_name"),
        (GatewayRoleArgs(role_name="role\n"), "role_name"),
        (GatewayRoleArgs(max_session_duration=3599), "max_session_duration"),
        (GatewayRoleArgs(max_session_duration=43201), "max_session_duration"),
        (GatewayRoleArgs(port_region="ap"), "port_region"),
    ],
)
def test_refuses_what_aws_or_port_would_refuse(run: Run, args: GatewayRoleArgs, field: str) -> None:
    refused = refusal(run, lambda: GatewayRole("bedrock", args))
    assert refused.field == field
