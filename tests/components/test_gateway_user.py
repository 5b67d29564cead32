import pytest

from port_byollm import GatewayUser, GatewayUserArgs

from .conftest import Run, refusal

USER = "aws:iam/user:User"
ATTACHMENT = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
KEY = "aws:iam/accessKey:AccessKey"


def test_stores_the_key_of_a_user_with_nothing_but_the_policies(run: Run) -> None:
    arns = ["arn:aws:iam::123456789012:policy/one", "arn:aws:iam::123456789012:policy/two"]
    registered = run(
        lambda: GatewayUser(
            "bedrock",
            GatewayUserArgs(policy_arns=[*arns], permissions_boundary="arn:boundary", tags={"team": "ai"}),
        )
    )
    [user] = registered.of(USER)
    assert user == {
        "name": "port-byollm-test",
        "permissionsBoundary": "arn:boundary",
        "tags": {"team": "ai"},
    }
    assert sorted(attachment["policyArn"] for attachment in registered.of(ATTACHMENT)) == arns
    assert registered.secrets() == {
        "aws-bedrock-access-key-id": "bedrock-id",
        "aws-bedrock-secret-access-key": "secret-of-bedrock",
    }


def test_another_rotation_is_another_key_under_other_names(run: Run) -> None:
    registered = run(
        lambda: GatewayUser(
            "bedrock", GatewayUserArgs(access_key_rotation="2026-11", access_key_id_secret_name="id")
        )
    )
    assert [resource.name for resource in registered.resources if resource.typ == KEY] == ["bedrock-2026-11"]
    assert registered.secrets().keys() == {"id-2026-11", "aws-bedrock-secret-access-key-2026-11"}


@pytest.mark.parametrize(
    ("args", "field"),
    [
        (GatewayUserArgs(user_name="team/port"), "user_name"),
        (GatewayUserArgs(access_key_rotation="November 2026"), "access_key_rotation"),
        (GatewayUserArgs(access_key_rotation=""), "access_key_rotation"),
    ],
)
def test_refuses_names_that_cannot_be(run: Run, args: GatewayUserArgs, field: str) -> None:
    refused = refusal(run, lambda: GatewayUser("bedrock", args))
    assert refused.field == field
