"""Who is stopped, and what is done to them in AWS."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.cli.revoke.identity import Identity, Role, User, identities
from port_byollm.cli.revoke.wanted import Wanted
from port_byollm.cli.stack.plan import Plan
from port_byollm.errors import PortByollmError
from port_byollm.iam.revocation import POLICY_NAME, closed_trust
from port_byollm.iam.trust_policy import gateway_trust
from port_byollm_sandbox.aws.server import AwsServer

ACCOUNT = "111122223333"
TRUST = gateway_trust([*GATEWAY_PRINCIPALS.values()], ["an-external-id"]).to_json()
PAGE = (Path(__file__).parents[3] / "docs/revoking.md").read_text()


@pytest.fixture
def iam(aws: AwsServer) -> Iterator[Any]:
    """Of an account with a role and a user of the stack `prod`."""
    client = boto3.client("iam", region_name="eu-west-1")
    client.create_role(RoleName="port-byollm-prod", AssumeRolePolicyDocument=TRUST)
    client.create_user(UserName="port-byollm-prod")
    client.create_access_key(UserName="port-byollm-prod")
    yield client
    client.close()


def sign_in(monkeypatch: pytest.MonkeyPatch, key: str, secret: str) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)


def found(*names: str, account: str | None = ACCOUNT) -> list[Identity]:
    return identities(Wanted(names, names, account), Plan({"aws:region": "eu-west-1"}))


def test_role_and_user_are_found_by_their_names(iam: Any) -> None:
    assert [(type(one), one.arn) for one in found("port-byollm-prod")] == [
        (Role, f"arn:aws:iam::{ACCOUNT}:role/port-byollm-prod"),
        (User, f"arn:aws:iam::{ACCOUNT}:user/port-byollm-prod"),
    ]
    iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=TRUST)
    [own] = found("gateway")
    assert own.name == "gateway"


def test_another_account_than_theirs_is_refused(iam: Any) -> None:
    refusal = (
        f"in the account 999988887777, but the AWS credentials .* of {ACCOUNT}; sign in to the AWS account"
    )
    with pytest.raises(PortByollmError, match=refusal):
        found("port-byollm-prod", account="999988887777")


def test_an_account_that_has_neither_is_told_with_the_way_to_name_them(iam: Any) -> None:
    with pytest.raises(
        PortByollmError, match=r"no role gone and no user gone, .* give --role NAME or --user"
    ):
        found("gone")


def test_without_credentials_it_says_of_which_account_they_are_to_be(
    aws: AwsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    with pytest.raises(PortByollmError, match=rf"credentials\); sign in to the AWS account {ACCOUNT} \("):
        found("port-byollm-prod")
    with pytest.raises(PortByollmError, match=r"sign in to the intended AWS account \("):
        found("port-byollm-prod", account=None)


def test_the_moment_is_after_now_by_the_clock_of_aws(iam: Any) -> None:
    Role("port-byollm-prod", "arn", iam, ahead=timedelta(hours=2)).deny_older_sessions()

    found = iam.get_role_policy(RoleName="port-byollm-prod", PolicyName=POLICY_NAME)["PolicyDocument"]
    moment = found["Statement"][0]["Condition"]["DateLessThan"]["aws:TokenIssueTime"]
    assert timedelta(hours=2) < datetime.fromisoformat(moment) - datetime.now(UTC) < timedelta(hours=2.1)


def permissions() -> dict[str, Any]:
    """Those that the page says are needed."""
    [document] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    found: dict[str, Any] = json.loads(document)
    return found


def without(action: str) -> dict[str, Any]:
    statements = [
        statement | {"Action": [one for one in statement["Action"] if one != action]}
        for statement in permissions()["Statement"]
    ]
    return permissions() | {"Statement": statements}


def revoked_with(iam: Any, monkeypatch: pytest.MonkeyPatch, document: dict[str, Any]) -> Iterator[str]:
    iam.create_user(UserName="on-call")
    iam.put_user_policy(UserName="on-call", PolicyName="revoke", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName="on-call")["AccessKey"]
    sign_in(monkeypatch, key["AccessKeyId"], key["SecretAccessKey"])
    for identity in found("port-byollm-prod"):
        for step in identity.steps:
            yield step()


def test_the_permissions_of_the_page_are_enough(iam: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len([*revoked_with(iam, monkeypatch, permissions())]) == 4

    assert (
        iam.get_role(RoleName="port-byollm-prod")["Role"]["AssumeRolePolicyDocument"]
        == closed_trust().to_dict()
    )
    [key] = iam.list_access_keys(UserName="port-byollm-prod")["AccessKeyMetadata"]
    assert key["Status"] == "Inactive"


@pytest.mark.parametrize(
    "action", [one for statement in permissions()["Statement"] for one in statement["Action"]]
)
def test_none_of_them_is_needless(iam: Any, monkeypatch: pytest.MonkeyPatch, action: str) -> None:
    with pytest.raises((ClientError, PortByollmError), match=action):
        [*revoked_with(iam, monkeypatch, without(action))]
