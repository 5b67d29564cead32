"""The steps of a rotation, on a stack that is made up: what each update finds configured, what is resumed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result

from port_byollm.cli import rotate
from port_byollm.cli.__main__ import main
from port_byollm.cli.stack import Stack
from port_byollm.errors import PortByollmError
from port_byollm_sandbox.aws.server import AwsServer

TODAY = date.today().isoformat()
SOON = (date.today() + timedelta(days=3)).isoformat()
USER = "urn:pulumi:dev::byollm::port-byollm:index:GatewayUser::bedrock"


@dataclass
class FakeStack:
    """The engine's side. `bedrock` is the configuration, `updates` what each update found in it."""

    bedrock: dict[str, Any]
    rotations: list[str]
    """Those of the external ID or the access keys in the state."""
    section: str = "externalId"
    exit_codes: list[int] = field(default_factory=list)
    """Of the next updates; 0 once they are used up. One that fails has begun, so it is in the state."""
    updates: list[dict[str, Any]] = field(default_factory=list)
    arguments: list[tuple[str, ...]] = field(default_factory=list)

    name = "dev"

    def config(self) -> dict[str, Any]:
        return {"aws:region": "eu-west-1", "byollm:bedrock": self.bedrock}

    def resources(self) -> list[dict[str, Any]]:
        if self.section == "externalId":
            type_token = "port-byollm:index:ExternalId"
            return [{"type": type_token, "inputs": {"rotation": rotation}} for rotation in self.rotations]
        return [self._key(rotation) for rotation in self.rotations]

    def _key(self, rotation: str) -> dict[str, Any]:
        token = "aws:iam/accessKey:AccessKey"
        urn = USER.replace("::bedrock", f"${token}::bedrock{'' if rotation == '1' else '-' + rotation}")
        inputs = {"user": "gateway"}
        return {"type": token, "urn": urn, "parent": USER, "id": f"key-of-{rotation}", "inputs": inputs}

    def edit_config(self, *arguments: str) -> None:
        settings = self.bedrock.setdefault(self.section, {})
        prefix = f"byollm:bedrock.{self.section}."
        if arguments[0] == "rm":
            assert arguments[1] == "--path"
            del settings[arguments[2].removeprefix(prefix)]
            return
        assert arguments[:2] == ("set-all", "--path")
        assert set(arguments[2::2]) == {"--plaintext"}
        for setting in arguments[3::2]:
            key, _, value = setting.removeprefix(prefix).partition("=")
            settings[key] = {"true": True, "false": False}.get(value, value)

    def run(self, *arguments: str) -> int:
        self.arguments.append(arguments)
        self.updates.append(dict(self.bedrock[self.section]))
        code = self.exit_codes.pop(0) if self.exit_codes else 0
        rotation = str(self.bedrock[self.section]["rotation"])
        self.rotations = [rotation] if code == 0 or self.section == "externalId" else ["1", rotation]
        return code

    @contextmanager
    def environment(self) -> Iterator[None]:
        yield


def run(stack: FakeStack, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.setattr(Stack, "named", lambda name, config_file: stack)
    return CliRunner().invoke(main, ["rotate", *arguments])


@pytest.fixture
def stack() -> FakeStack:
    return FakeStack({"geography": "eu", "externalId": {"rotation": "1"}}, ["1"])


def test_external_id_trusts_both_values_and_then_the_new_one_alone(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(stack, monkeypatch, "external-id", "--yes")

    assert result.exit_code == 0, result.output
    both = {"rotation": TODAY, "keepPrevious": True, "previousUntil": TODAY}
    assert stack.updates == [both, both | {"keepPrevious": False}]
    assert stack.bedrock["externalId"] == {"rotation": TODAY, "keepPrevious": False}
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

    assert stack.updates == [kept, kept, kept | {"keepPrevious": False}]
    assert stack.bedrock["externalId"] == {"rotation": TODAY, "keepPrevious": False}


def test_until_a_day_in_the_past_is_refused(stack: FakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(stack, monkeypatch, "external-id", "--until", "2020-01-01")

    assert result.exit_code == 1
    assert "2020-01-01 is in the past" in result.output
    assert stack.updates == []


@pytest.mark.parametrize("codes", [[1], [0, 1], [1, 1, 0, 1]])
def test_an_update_that_fails_is_gone_on_with(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch, codes: list[int]
) -> None:
    stack.exit_codes = list(codes)

    for _ in range(codes.count(1)):
        failed = run(stack, monkeypatch, "external-id", "--yes")
        assert failed.exit_code == 1
        assert "run the same again" in failed.output
    result = run(stack, monkeypatch, "external-id", "--yes")

    assert result.exit_code == 0, result.output
    assert {update["rotation"] for update in stack.updates} == {TODAY}, "one rotation, not several"
    kept = [update["keepPrevious"] for update in stack.updates]
    assert kept == sorted(kept, reverse=True), "never dropped before Port has changed over"
    assert stack.bedrock["externalId"] == {"rotation": TODAY, "keepPrevious": False}


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
    monkeypatch.setattr(rotate, "_make_place", lambda session, keys: None)
    return FakeStack({"auth": "access-keys"}, ["1"], section="accessKeys")


def test_access_key_is_one_update(keys: FakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(keys, monkeypatch, "access-key", "--yes")

    assert result.exit_code == 0, result.output
    assert keys.updates == [{"rotation": TODAY}]


def test_access_key_is_gone_on_with_while_the_old_one_is_there(
    keys: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.exit_codes = [1, 1]

    for _ in range(3):
        result = run(keys, monkeypatch, "access-key", "--yes")

    assert result.exit_code == 0, result.output
    assert keys.updates == [{"rotation": TODAY}] * 3
    assert run(keys, monkeypatch, "access-key", "--yes").exit_code == 0
    assert keys.updates[-1] == {"rotation": f"{TODAY}-2"}


@pytest.fixture
def session(aws: AwsServer, monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint_url)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return boto3.Session("key", "secret", region_name="eu-west-1")


def test_a_key_that_nobody_has_is_deleted(session: boto3.Session) -> None:
    iam = session.client("iam")
    iam.create_user(UserName="gateway")
    recorded, stray = (iam.create_access_key(UserName="gateway")["AccessKey"] for _ in range(2))

    rotate._make_place(session, [{"id": recorded["AccessKeyId"], "inputs": {"user": "gateway"}}])

    [left] = iam.list_access_keys(UserName="gateway")["AccessKeyMetadata"]
    assert left["AccessKeyId"] == recorded["AccessKeyId"] != stray["AccessKeyId"]


def test_a_key_that_somebody_uses_stays_and_is_named(session: boto3.Session) -> None:
    iam = session.client("iam")
    iam.create_user(UserName="gateway")
    recorded, used = (iam.create_access_key(UserName="gateway")["AccessKey"] for _ in range(2))
    sts = boto3.client(
        "sts",
        region_name="eu-west-1",
        aws_access_key_id=used["AccessKeyId"],
        aws_secret_access_key=used["SecretAccessKey"],
    )
    sts.get_caller_identity()

    with pytest.raises(PortByollmError, match=used["AccessKeyId"]):
        rotate._make_place(session, [{"id": recorded["AccessKeyId"], "inputs": {"user": "gateway"}}])

    assert len(iam.list_access_keys(UserName="gateway")["AccessKeyMetadata"]) == 2
