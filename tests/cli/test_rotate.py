"""The steps of a rotation, on a stack that is made up: what each update finds configured, what is resumed."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum, auto
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result

from port_byollm.cli import rotate
from port_byollm.cli.__main__ import main
from port_byollm.cli.access_keys import LAG
from port_byollm.cli.stack import Stack, secret
from port_byollm.cli.state import AccessKey
from port_byollm.errors import PortByollmError
from port_byollm_sandbox.aws.server import AwsServer

TODAY = date.today().isoformat()
SOON = (date.today() + timedelta(days=3)).isoformat()
USER = "urn:pulumi:dev::byollm::port-byollm:index:GatewayUser::bedrock"


class Ending(Enum):
    """How an update ends."""

    WELL = auto()
    BEGUN = auto()
    """It fails, once there is a new value or key."""
    DECLINED = auto()
    """It fails before anything was changed."""


@dataclass
class FakeStack:
    """The engine's side. `bedrock` is the configuration, `updates` what each update found in it."""

    bedrock: dict[str, Any]
    rotations: list[str]
    """Those of the access keys in the state; or of the values of the external ID, the present one last."""
    section: str = "externalId"
    endings: list[Ending] = field(default_factory=list)
    """Of the next updates; once they are used up, all end well."""
    updates: list[dict[str, Any]] = field(default_factory=list)
    arguments: list[tuple[str, ...]] = field(default_factory=list)

    name = "dev"

    def config(self) -> dict[str, Any]:
        return {"aws:region": "eu-west-1", "byollm:bedrock": self.bedrock}

    def resources(self, show_secrets: bool = False) -> list[dict[str, Any]]:
        if not self.rotations:
            return []
        if self.section == "accessKeys":
            return [self._key(rotation) for rotation in self.rotations]
        *before, rotation = self.rotations
        outputs = {"rotation": rotation, "previous": secret(before), "generation": 0}
        return [{"type": "port-byollm:index:ExternalId", "urn": "…", "outputs": outputs}]

    def _key(self, rotation: str) -> dict[str, Any]:
        token = "aws:iam/accessKey:AccessKey"
        urn = USER.replace("::bedrock", f"${token}::bedrock{'' if rotation == '1' else '-' + rotation}")
        inputs = {"user": "gateway"}
        return {"type": token, "urn": urn, "parent": USER, "id": f"key-of-{rotation}", "inputs": inputs}

    def read_configuration(self) -> bytes:
        return json.dumps(self.bedrock).encode()

    def write_configuration(self, content: bytes) -> None:
        self.bedrock = json.loads(content)

    def edit_config(self, *arguments: str) -> None:
        settings = self.bedrock.setdefault(self.section, {})
        prefix = f"byollm:bedrock.{self.section}."
        if arguments[0] == "rm":
            assert arguments[1] == "--path"
            settings.pop(arguments[2].removeprefix(prefix), None)
            return
        assert arguments[:2] == ("set-all", "--path")
        assert set(arguments[2::2]) == {"--plaintext"}
        for setting in arguments[3::2]:
            key, _, value = setting.removeprefix(prefix).partition("=")
            settings[key] = {"true": True, "false": False}.get(value, value)

    def run(self, *arguments: str) -> int:
        self.arguments.append(arguments)
        settings = dict(self.bedrock[self.section])
        self.updates.append(settings)
        ending = self.endings.pop(0) if self.endings else Ending.WELL
        if ending is Ending.DECLINED:
            return 1
        if settings["rotation"] != self.rotations[-1]:
            self.rotations.append(settings["rotation"])
        if ending is Ending.WELL and not settings.get("keepPrevious", self.section == "externalId"):
            self.rotations = self.rotations[-1:]
        return 0 if ending is Ending.WELL else 1

    @contextmanager
    def environment(self) -> Iterator[None]:
        yield


def run(stack: FakeStack, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.setattr(Stack, "named", lambda name, config_file: stack)
    return CliRunner().invoke(main, ["rotate", *arguments])


@pytest.fixture
def stack() -> FakeStack:
    return FakeStack({"geography": "eu", "externalId": {"rotation": "1"}}, ["1"])


DONE = {"rotation": TODAY, "keepPrevious": False}


def test_external_id_trusts_both_values_and_then_the_new_one_alone(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(stack, monkeypatch, "external-id", "--yes")

    assert result.exit_code == 0, result.output
    both = {"rotation": TODAY, "keepPrevious": True, "previousUntil": TODAY}
    assert stack.updates == [both, DONE]
    assert stack.bedrock["externalId"] == DONE
    assert [line[:5] for line in result.output.splitlines() if line.startswith("[")] == [
        "[1/4]",
        "[2/4]",
        "[3/4]",
        "[4/4]",
    ]


def test_without_yes_the_engine_shows_a_preview_and_asks(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(stack, monkeypatch, "external-id")

    assert stack.arguments == [("up",), ("up",)]


def test_until_leaves_both_values_trusted_for_the_next_run_to_drop_the_old_one(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(stack, monkeypatch, "external-id", "--yes", "--until", SOON)

    assert result.exit_code == 0, result.output
    kept = {"rotation": TODAY, "keepPrevious": True, "previousUntil": SOON}
    assert stack.updates == [kept]

    assert run(stack, monkeypatch, "external-id", "--yes").exit_code == 0

    assert stack.updates == [kept, kept, DONE]
    assert stack.bedrock["externalId"] == DONE


def test_until_a_day_in_the_past_is_refused(stack: FakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(stack, monkeypatch, "external-id", "--until", "2020-01-01")

    assert result.exit_code == 1
    assert "2020-01-01 is in the past" in result.output
    assert stack.updates == []


@pytest.mark.parametrize(
    "endings",
    [
        [Ending.BEGUN],
        [Ending.WELL, Ending.BEGUN],
        [Ending.BEGUN, Ending.BEGUN, Ending.WELL, Ending.DECLINED],
    ],
)
def test_an_update_that_fails_is_gone_on_with(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch, endings: list[Ending]
) -> None:
    stack.endings = list(endings)

    for _ in range(len(endings) - endings.count(Ending.WELL)):
        failed = run(stack, monkeypatch, "external-id", "--yes")
        assert failed.exit_code == 1
    result = run(stack, monkeypatch, "external-id", "--yes")

    assert result.exit_code == 0, result.output
    assert {update["rotation"] for update in stack.updates} == {TODAY}, "one rotation, not several"
    assert stack.bedrock["externalId"] == DONE
    assert stack.rotations == [TODAY]


def test_an_update_that_is_declined_leaves_the_configuration_as_it_was(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.endings = [Ending.DECLINED, Ending.WELL, Ending.DECLINED]

    declined = run(stack, monkeypatch, "external-id")

    assert declined.exit_code == 1
    assert "the configuration is again what it was" in declined.output
    assert stack.bedrock == {"geography": "eu", "externalId": {"rotation": "1"}}

    declined = run(stack, monkeypatch, "external-id")  # at the last step

    assert declined.exit_code == 1
    both = {"rotation": TODAY, "keepPrevious": True, "previousUntil": TODAY}
    assert stack.bedrock["externalId"] == both


@pytest.mark.parametrize("by_hand", [{"previousUntil": SOON}, {"previousUntil": SOON, "keepPrevious": False}])
def test_a_last_day_that_was_set_by_hand_is_no_rotation(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch, by_hand: dict[str, Any]
) -> None:
    stack.bedrock["externalId"] |= by_hand

    result = run(stack, monkeypatch, "external-id", "--yes")

    assert f"[1/4] configure the rotation {TODAY}" in result.output
    assert stack.updates[0] == {"rotation": TODAY, "keepPrevious": True, "previousUntil": TODAY}
    assert stack.bedrock["externalId"] == DONE


def test_a_rotation_by_hand_that_left_the_old_value_trusted_is_brought_to_its_end(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.bedrock["externalId"] = {"rotation": "mine", "previousUntil": SOON}
    stack.rotations = ["1", "mine"]

    result = run(stack, monkeypatch, "external-id", "--yes")

    assert "[1/4] go on with the rotation mine" in result.output
    assert [update.get("previousUntil") for update in stack.updates] == [SOON, None]
    assert stack.rotations == ["mine"]


def test_a_rotation_that_was_configured_by_hand_is_gone_on_with(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.bedrock["externalId"] = {"rotation": "mine"}

    result = run(stack, monkeypatch, "external-id", "--yes")

    assert "[1/4] go on with the rotation mine" in result.output
    assert stack.bedrock["externalId"] == {"rotation": "mine", "keepPrevious": False}


def test_a_rotation_after_one_is_another_one(stack: FakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        assert run(stack, monkeypatch, "external-id", "--yes").exit_code == 0

    assert list(dict.fromkeys(update["rotation"] for update in stack.updates)) == [
        TODAY,
        f"{TODAY}-2",
        f"{TODAY}-3",
    ]


def test_the_first_rotation_need_not_be_configured(stack: FakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    del stack.bedrock["externalId"]

    assert run(stack, monkeypatch, "external-id", "--yes").exit_code == 0

    assert stack.bedrock["externalId"]["rotation"] == TODAY


def test_nothing_to_rotate_before_the_first_update(stack: FakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.rotations = []

    result = run(stack, monkeypatch, "external-id", "--yes")

    assert result.exit_code == 1
    assert "pulumi up --stack dev" in result.output
    assert stack.bedrock["externalId"] == {"rotation": "1"}


@pytest.mark.parametrize(
    ("auth", "asked", "instead"),
    [("access-keys", "external-id", "access-key"), ("role", "access-key", "external-id")],
)
def test_the_other_way_to_sign_in_is_named(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch, auth: str, asked: str, instead: str
) -> None:
    stack.bedrock["auth"] = auth

    result = run(stack, monkeypatch, asked)

    assert result.exit_code == 1
    assert f"use `port-byollm rotate {instead}`" in result.output


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> FakeStack:
    monkeypatch.setattr(rotate, "_make_place", lambda *_: None)
    return FakeStack({"auth": "access-keys"}, ["1"], section="accessKeys")


def test_access_key_is_one_update(keys: FakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(keys, monkeypatch, "access-key", "--yes")

    assert result.exit_code == 0, result.output
    assert keys.updates == [{"rotation": TODAY}]


def test_access_key_is_gone_on_with_while_the_old_one_is_there(
    keys: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.endings = [Ending.BEGUN, Ending.BEGUN]

    for _ in range(3):
        result = run(keys, monkeypatch, "access-key", "--yes")

    assert result.exit_code == 0, result.output
    assert keys.updates == [{"rotation": TODAY}] * 3
    assert run(keys, monkeypatch, "access-key", "--yes").exit_code == 0
    assert keys.updates[-1] == {"rotation": f"{TODAY}-2"}


@pytest.fixture
def session(aws: AwsServer) -> boto3.Session:
    return boto3.Session(region_name="eu-west-1")


def test_a_new_key_that_is_declined_leaves_the_configuration_as_it_was(
    keys: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.endings = [Ending.DECLINED]
    keys.bedrock["accessKeys"] = {}

    assert run(keys, monkeypatch, "access-key").exit_code == 1

    assert keys.bedrock == {"auth": "access-keys", "accessKeys": {}}


@dataclass(frozen=True)
class User:
    session: boto3.Session
    recorded: AccessKey
    stray: Mapping[str, str]

    def make_place(self, *, yes: bool, lag: timedelta = LAG) -> None:
        rotate._make_place(self.session, [self.recorded], yes, lag, lambda: None)

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
