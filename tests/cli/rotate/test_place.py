"""A key that is not the stack's is deleted only where nobody can be using it, or somebody says so."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta

import boto3
import pytest

from port_byollm.cli.rotate.place import make_place
from port_byollm.cli.stack.access_keys import LAG
from port_byollm.cli.stack.state import AccessKey
from port_byollm.errors import PortByollmError
from port_byollm_sandbox.aws.server import AwsServer

from .fake_stack import FakeStack, run


@pytest.fixture
def session(aws: AwsServer) -> boto3.Session:
    return boto3.Session(region_name="eu-west-1")


@dataclass(frozen=True)
class User:
    session: boto3.Session
    recorded: AccessKey
    stray: Mapping[str, str]

    def make_place(self, *, yes: bool, lag: timedelta = LAG) -> None:
        make_place(self.session, [self.recorded], yes, lag, lambda: None)

    def keys(self) -> set[str]:
        listed = self.session.client("iam").list_access_keys(UserName="gateway")["AccessKeyMetadata"]
        return {key["AccessKeyId"] for key in listed}


@pytest.fixture
def user(session: boto3.Session) -> User:
    """With the stack's key and another one, just made, that is not."""
    iam = session.client("iam")
    iam.create_user(UserName="gateway")
    recorded, stray = (iam.create_access_key(UserName="gateway")["AccessKey"] for _ in range(2))
    return User(session, AccessKey(recorded["AccessKeyId"], "gateway", "1"), stray)


def test_a_key_that_may_be_in_use_is_not_deleted_unasked(user: User) -> None:
    with pytest.raises(PortByollmError, match="may be using it") as raised:
        user.make_place(yes=True)

    assert (
        f"aws iam delete-access-key --user-name gateway --access-key-id {user.stray['AccessKeyId']}"
        in str(raised.value)
    )
    assert len(user.keys()) == 2


def test_a_key_that_nobody_can_be_using_is_deleted(user: User) -> None:
    user.make_place(yes=True, lag=timedelta(0))

    assert user.keys() == {user.recorded.id}


@pytest.mark.parametrize(("answer", "left"), [(True, 1), (False, 2)])
def test_a_key_is_deleted_where_somebody_says_so(
    user: User, monkeypatch: pytest.MonkeyPatch, answer: bool, left: int
) -> None:
    asked: list[str] = []

    def confirm(question: str) -> bool:
        asked.append(question)
        return answer

    monkeypatch.setattr("click.confirm", confirm)

    with nullcontext() if answer else pytest.raises(PortByollmError, match="needs the place"):
        user.make_place(yes=False)

    assert user.stray["AccessKeyId"] in asked[0]
    assert len(user.keys()) == left


@pytest.mark.parametrize("yes", [True, False])
def test_a_key_that_somebody_uses_stays_and_is_named(
    user: User, monkeypatch: pytest.MonkeyPatch, yes: bool
) -> None:
    monkeypatch.setattr("click.confirm", lambda question: pytest.fail("nobody is asked"))
    sts = boto3.client(
        "sts",
        region_name="eu-west-1",
        aws_access_key_id=user.stray["AccessKeyId"],
        aws_secret_access_key=user.stray["SecretAccessKey"],
    )
    sts.get_caller_identity()

    with pytest.raises(PortByollmError, match=user.stray["AccessKeyId"]):
        user.make_place(yes=yes, lag=timedelta(0))

    assert len(user.keys()) == 2


def test_no_key_is_deleted_with_credentials_of_another_account(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = FakeStack({"auth": "access-keys"}, ["1"], section="accessKeys")
    target = {"awsAccountId": "222233334444", "portOrganization": "acme"}
    config = {**stack.config(), "byollm:target": target}
    monkeypatch.setattr(stack, "config", lambda: config)
    monkeypatch.setattr("click.confirm", lambda question: True)

    result = run(stack, monkeypatch, "access-key")

    assert result.exit_code == 1
    assert "byollm:target.awsAccountId: is 222233334444" in result.output
    assert "of 111122223333" in result.output
    assert len(user.keys()) == 2
    assert stack.updates == []
