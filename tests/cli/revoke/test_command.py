"""The command, with an AWS and a state that are made up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from port_byollm.cli import revoke
from port_byollm.cli.__main__ import main
from port_byollm.cli.revoke.identity import Identity
from port_byollm.cli.revoke.wanted import Wanted
from port_byollm.cli.stack.plan import Plan
from port_byollm.cli.stack.stack import Stack
from port_byollm.errors import PortByollmError

DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "UpdateAssumeRolePolicy")


@dataclass(frozen=True)
class Gateway(Identity):
    """Whose first step fails, if it is to."""

    kind = "role"
    done: list[str] = field(default_factory=list)
    asked: list[Wanted] = field(default_factory=list)
    """Who was wanted."""
    fails: bool = False

    @property
    def steps(self) -> Sequence[Callable[[], str]]:
        return self.first, lambda: self.do("denied")

    def first(self) -> str:
        if self.fails:
            raise DENIED
        return self.do("closed")

    def do(self, what: str) -> str:
        self.done.append(what)
        return what


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a stack `prod`, on a machine without an engine."""
    (tmp_path / "Pulumi.yaml").write_text("name: byollm\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config:\n  byollm:bedrock: {geography: eu}\n")
    (tmp_path / "Pulumi.openai.yaml").write_text("config:\n  byollm:openai: {}\n")
    monkeypatch.chdir(tmp_path)

    def no_engine(*_: object) -> None:
        raise PortByollmError("there is no engine")

    monkeypatch.setattr("port_byollm_engine.install.ensure", no_engine)
    return tmp_path


@pytest.fixture
def gateway(project: Path, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    return found(monkeypatch)


def found(monkeypatch: pytest.MonkeyPatch, fails: bool = False) -> Gateway:
    gateway = Gateway("gateway", "arn:aws:iam::111122223333:role/gateway", None, fails=fails)

    def identities(wanted: Wanted, plan: Plan) -> list[Identity]:
        gateway.asked.append(wanted)
        return [gateway]

    monkeypatch.setattr(revoke, "identities", identities)
    return gateway


def run(*arguments: str, answer: str = "", stack: str = "prod") -> Result:
    return CliRunner().invoke(main, ["revoke", "--stack", stack, *arguments], input=answer)


def test_nothing_is_done_without_a_yes(gateway: Gateway) -> None:
    asked = run(answer="n\n")

    assert (asked.exit_code, gateway.done) == (1, [])
    assert gateway.arn in asked.output
    assert run(answer="y\n").exit_code == 0
    assert gateway.done == ["closed", "denied"]


def test_no_engine_is_needed_to_stop_it_and_it_is_told_that_no_update_undoes_it(gateway: Gateway) -> None:
    done = run("--yes")

    assert (done.exit_code, gateway.done) == (0, ["closed", "denied"])
    assert "could not be changed (there is no engine)" in done.output
    assert "run the same command again" in done.output


def test_a_step_that_fails_does_not_keep_the_next_from_being_tried(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway, told = found(monkeypatch, fails=True), list[Any]()
    monkeypatch.setattr(Stack, "edit_state", lambda stack, edit: told.append(stack.name))

    done = run("--yes")

    assert (done.exit_code, gateway.done, told) == (1, ["denied"], ["prod"])
    assert "not everything is revoked: arn:aws:iam::111122223333:role/gateway: " in done.output
    assert "UpdateAssumeRolePolicy" in done.output


BOTH = Wanted(["port-byollm-prod"], ["port-byollm-prod"])


@pytest.mark.parametrize(
    ("section", "wanted"),
    [
        ("{geography: eu, models: all}", BOTH),
        ("{role: {name: own}, accessKeys: {userName: own-user}}", Wanted(["own"], ["own-user"])),
        ("{modles: [one], role: {name: own, nmae: x}}", replace(BOTH, roles=["own"])),
    ],
    ids=["names by default", "names of its own", "wrong elsewhere"],
)
def test_who_it_is_says_the_configuration_even_where_it_is_partly_wrong(
    gateway: Gateway, project: Path, section: str, wanted: Wanted
) -> None:
    (project / "Pulumi.prod.yaml").write_text(f"config:\n  byollm:bedrock: {section}\n")

    assert run("--yes").exit_code == 0
    assert gateway.asked == [wanted]


def test_a_target_that_does_not_hold_stops_nobody_of_another_account(gateway: Gateway, project: Path) -> None:
    target = '{awsAcountId: "111122223333", portOrganization: acme}'
    (project / "Pulumi.prod.yaml").write_text(f"config:\n  byollm:target: {target}\n  byollm:bedrock: {{}}\n")

    refused = run("--yes")

    assert (refused.exit_code, gateway.done) == (1, [])
    assert (
        "byollm:target.awsAcountId: unknown configuration key; did you mean awsAccountId?" in refused.output
    )


GATEWAY = "acme:index:Ai$port-byollm:index:BedrockConnection$port-byollm:index:GatewayRole"
ROLE, USER = "aws:iam/role:Role", "aws:iam/user:User"


def resource(types: str, identifier: str) -> dict[str, Any]:
    arn = f"arn:aws:iam::111122223333:{types.rpartition('/')[2].partition(':')[0]}/{identifier}"
    urn = f"urn:pulumi:openai::acme::{types}::bedrock"
    return {"type": types.rpartition("$")[2], "urn": urn, "id": identifier, "outputs": {"arn": arn}}


def test_of_a_program_of_ones_own_the_state_says_who_it_is(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = [
        resource(f"{GATEWAY}${ROLE}", "own"),
        resource(ROLE, "somebody-elses"),
        resource(f"port-byollm:index:GatewayUser${USER}", "own-user"),
    ]
    monkeypatch.setattr(Stack, "resources", lambda stack: state)

    done = run("--yes", stack="openai")

    assert (done.exit_code, gateway.done) == (0, ["closed", "denied"])
    assert gateway.asked == [Wanted(["own"], ["own-user"], "111122223333")]


def test_where_nothing_tells_who_it_is_they_can_be_named(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    unreadable = run("--yes", stack="openai")
    monkeypatch.setattr(Stack, "resources", lambda stack: [resource(ROLE, "somebody-elses")])
    has_none = run("--yes", stack="openai")

    assert (unreadable.exit_code, has_none.exit_code, gateway.done) == (1, 1, [])
    assert "its state cannot be read (there is no engine); name what is" in unreadable.output
    assert "its state has no role or user of Port's gateway; name what is" in has_none.output
    assert run("--yes", "--role", "own", stack="openai").exit_code == 0
    assert gateway.asked == [Wanted(("own",))]


def test_a_name_needs_no_project(gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "Pulumi.yaml").unlink()
    monkeypatch.chdir(elsewhere)

    done = CliRunner().invoke(main, ["revoke", "--yes", "--user", "own-user", "--role", "own"])

    assert (done.exit_code, gateway.done) == (0, ["closed", "denied"])
    assert gateway.asked == [Wanted(("own",), ("own-user",))]
    assert "Recorded in no stack's state" in done.output
