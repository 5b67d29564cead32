"""`port-byollm pulumi`: which stack, and what the engine is started with."""

import hashlib
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.conftest import CommandLine


def select(command_line: CommandLine, stack: str) -> Path:
    """Note `stack` as selected, where and as `pulumi stack select` does."""
    digest = hashlib.sha1(str(command_line.folder / "Pulumi.yaml").encode(), usedforsecurity=False)
    note = command_line.folder / f"home/.pulumi/workspaces/byollm-{digest.hexdigest()}-workspace.json"
    note.parent.mkdir(parents=True)
    note.write_text(json.dumps({"stack": stack}))
    return note


def official(command_line: CommandLine) -> None:
    command_line.engine = replace(command_line.engine, official=True)


@pytest.mark.parametrize(
    ("arguments", "variable", "selected", "local"),
    [
        ("up", None, None, True),
        ("up --stack local", "prod", "prod", True),
        ("up --stack organization/byollm/local", None, None, True),
        ("up", "local", "prod", True),
        ("up", None, "organization/byollm/local", True),
        ("up --stack prod", "local", "local", False),
        ("up --stack acme/byollm/local", None, None, False),
        ("up", "prod", "local", False),
        ("up", None, "organization/byollm/prod", False),
        ("stack init prod", None, None, False),
    ],
)
def test_the_stack_is_named_or_in_the_environment_or_selected_or_local(
    command_line: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    arguments: str,
    variable: str | None,
    selected: str | None,
    local: bool,
) -> None:
    official(command_line)
    if variable:
        monkeypatch.setenv("PULUMI_STACK", variable)
    if selected:
        select(command_line, selected)

    passed, env = command_line.pulumi(*arguments.split())

    assert passed == arguments.split()
    assert ("PULUMI_CONFIG_PASSPHRASE" in env) is local
    assert command_line.started == ([command_line.directory] if local else [])


def test_local_runs_in_the_sandboxs_environment(command_line: CommandLine) -> None:
    _, env = command_line.pulumi("up", "--yes")

    assert env["PULUMI_BACKEND_URL"] == f"file://{command_line.directory}/pulumi"
    assert env["PULUMI_STACK"] == "local"
    assert env["PORT_BYOLLM_PYTHON"] == sys.executable
    assert env["PATH"].startswith(f"{command_line.engine.path.parent}:")
    assert "AWS_PROFILE" not in env


def test_a_sandbox_that_is_started_on_the_way_is_announced(command_line: CommandLine) -> None:
    announced = "No sandbox is running: starting an empty one"

    assert announced in command_line.run("pulumi", "stack").stderr
    assert announced not in command_line.run("pulumi", "stack").stderr


def test_local_is_created_where_it_is_not_there_and_only_there(command_line: CommandLine) -> None:
    command_line.pulumi("up")
    command_line.run("pulumi", "up")

    assert Path(f"{command_line.folder}/home.commands").read_text().splitlines() == [
        "stack init local --no-select --non-interactive"
    ]


def test_local_is_left_to_the_user_to_create(command_line: CommandLine) -> None:
    command_line.pulumi("stack", "init", "local")

    assert not Path(f"{command_line.folder}/home.commands").exists()


def test_a_stack_that_cannot_be_created_is_an_error_with_the_engines_reason(
    command_line: CommandLine,
) -> None:
    command_line.engine.path.write_text("#!/bin/sh\necho 'error: no room' >&2; exit 255\n")

    result = command_line.run("pulumi", "up")

    assert result.exit_code == 1
    assert "the stack local cannot be created: error: no room" in result.output
    assert command_line.executed == []


def test_another_stack_changes_path_alone(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    official(command_line)
    monkeypatch.setenv("PATH", "/usr/bin")

    _, env = command_line.pulumi("preview", "--stack", "prod")

    assert env.pop("PATH") == f"{command_line.engine.path.parent}:/usr/bin"
    monkeypatch.delenv("PATH")
    assert env == dict(os.environ)


def test_another_stack_wants_the_official_release(command_line: CommandLine) -> None:
    (command_line.folder / "Pulumi.prod.yaml").touch()

    result = command_line.run("pulumi", "up", "--stack", "prod")

    assert result.exit_code == 1
    assert "not an official release" in result.output
    assert "PORT_BYOLLM_ACCEPT_UNOFFICIAL_ENGINE=yes" in result.output
    assert command_line.executed == []


def test_another_stack_runs_with_ours_where_that_was_said(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT_BYOLLM_ACCEPT_UNOFFICIAL_ENGINE", "yes")

    _, env = command_line.pulumi("up", "--stack", "prod")

    assert env["PORT_BYOLLM_PYTHON"] == sys.executable
    assert "PULUMI_CONFIG_PASSPHRASE" not in env


@pytest.mark.parametrize("arguments", ["version", "plugin ls", "whoami", "--version", ""])
def test_a_command_without_a_stack_needs_no_sandbox(command_line: CommandLine, arguments: str) -> None:
    command_line.pulumi(*arguments.split())

    assert command_line.started == []


@pytest.mark.parametrize("proxy", ["https_proxy", "HTTP_PROXY", "grpc_proxy"])
def test_loopback_is_excepted_from_a_proxy(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    official(command_line)
    monkeypatch.setenv(proxy, "http://proxy:3128")
    monkeypatch.setenv("no_proxy", "internal, localhost")

    _, env = command_line.pulumi("up", "--stack", "prod")

    assert env["no_proxy"] == "internal,localhost,127.0.0.1,::1"
    assert env["NO_PROXY"] == "internal,localhost,127.0.0.1,::1"
    assert env["no_grpc_proxy"] == "internal,localhost,127.0.0.1,::1"


def test_selecting_local_undoes_the_selection(command_line: CommandLine) -> None:
    note = select(command_line, "prod")

    command_line.pulumi("stack", "select", "local")

    assert not note.exists()


def test_an_update_after_a_kill_refreshes_and_says_so(command_line: CommandLine) -> None:
    checkpoint = command_line.has_stack()
    urn = "urn:pulumi:local::byollm::a:b:C$port-byollm:index:Secret::external-id"
    resource = {"urn": urn, "type": "port-byollm:index:Secret"}
    pending = [{"type": "creating", "resource": resource}]
    checkpoint.write_text(json.dumps({"checkpoint": {"latest": {"pending_operations": pending}}}))

    result = command_line.run("pulumi", "up", "--yes")

    assert result.stderr.endswith(
        "The last update was killed while creating port-byollm:index:Secret external-id; "
        "continuing from there.\n"
    )
    assert command_line.executed[0][1] == ["pulumi", "up", "--yes", "--refresh"]
    command_line.executed.clear()
    assert command_line.pulumi("up", "--yes")[0] == ["up", "--yes"]


def test_the_state_of_an_update_that_runs_is_not_touched(command_line: CommandLine) -> None:
    checkpoint = command_line.has_stack()
    operation = {"type": "creating", "resource": {"urn": "urn"}}
    state = {"checkpoint": {"latest": {"pending_operations": [operation]}}}
    checkpoint.write_text(json.dumps(state))
    lock = command_line.directory / "pulumi/.pulumi/locks/organization/byollm/local/0.json"
    lock.parent.mkdir(parents=True)
    lock.write_text("")  # as it is for a moment

    assert command_line.pulumi("up")[0] == ["up"]
    assert json.loads(checkpoint.read_text()) == state


def test_destroy_leaves_pending_operations_to_the_engine(command_line: CommandLine) -> None:
    checkpoint = command_line.has_stack()
    state = {
        "checkpoint": {"latest": {"pending_operations": [{"type": "creating", "resource": {"urn": "u"}}]}}
    }
    checkpoint.write_text(json.dumps(state))

    assert command_line.pulumi("destroy")[0] == ["destroy"]
    assert json.loads(checkpoint.read_text()) == state


def test_cwd_of_the_engine_is_where_the_project_is_looked_for(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = command_line.folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir("/")

    command_line.pulumi("-C", str(elsewhere), "up")

    assert command_line.started == [command_line.directory]


def test_outside_a_project_it_says_so(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")

    result = command_line.run("pulumi", "up")

    assert result.exit_code == 1
    assert "there is no Pulumi.yaml here or above" in result.output


def test_help_is_ours_and_that_of_a_command_is_pulumis(command_line: CommandLine) -> None:
    assert "Passes all arguments to the engine" in command_line.run("pulumi", "--help").output
    assert command_line.pulumi("up", "--help")[0] == ["up", "--help"]
