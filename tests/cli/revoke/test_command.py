"""The command, with an AWS and a state that are made up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from port_byollm.cli import revoke
from port_byollm.cli.__main__ import main
from port_byollm.cli.plan import Plan
from port_byollm.cli.revoke.identity import Identity
from port_byollm.cli.stack import Stack
from port_byollm.errors import PortByollmError

DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "UpdateAssumeRolePolicy")


@dataclass(frozen=True)
class Gateway(Identity):
    """Whose first step fails, if it is to."""

    kind = "role"
    done: list[str] = field(default_factory=list)
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

    def identities(plan: Plan, stack: str) -> list[Identity]:
        assert stack == "prod"
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
    assert "could not be told (there is no engine)" in done.output
    assert "run the same again" in done.output


def test_a_step_that_fails_does_not_keep_the_next_from_being_tried(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway, told = found(monkeypatch, fails=True), list[Any]()
    monkeypatch.setattr(Stack, "edit_state", lambda stack, edit: told.append(stack.name))

    done = run("--yes")

    assert (done.exit_code, gateway.done, told) == (1, ["denied"], ["prod"])
    assert "not all of it is revoked: arn:aws:iam::111122223333:role/gateway: " in done.output
    assert "UpdateAssumeRolePolicy" in done.output


def test_a_stack_without_bedrock_has_nothing_to_revoke(gateway: Gateway) -> None:
    refused = run("--yes", stack="openai")

    assert (refused.exit_code, gateway.done) == (1, [])
    assert "byollm:bedrock: the stack openai does not manage it" in refused.output
