"""`docs/rollout.md` and its workflows: an administrator follows the page, and pipelines do the rest."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.project import copy_of_project

from .conftest import COMMAND, PROJECT, Local
from .environment import Sandbox
from .pipelines import REPOSITORY, Company, Keys

PAGE = (PROJECT / "docs/rollout.md").read_text()
GITHUB = {path.stem: yaml.safe_load(path.read_text()) for path in (PROJECT / "ci/github").glob("*.yml")}
GITLAB = yaml.safe_load((PROJECT / "ci/gitlab/stacks.yml").read_text())
JOBS = {"review": "preview", "deploy": "up", "drift": "refresh"}
"""The job of each workflow that signs in to AWS."""
SUBJECTS = {"review": "pull_request", "deploy": "environment:prod", "drift": "ref:refs/heads/main"}
"""What GitHub's token then says."""


def block(language: str) -> str:
    [text] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(text)


def stacks(workflow: str) -> list[Mapping[str, str]]:
    matrix: list[Mapping[str, str]] = GITHUB[workflow]["jobs"][JOBS[workflow]]["strategy"]["matrix"][
        "include"
    ]
    return matrix


def steps(workflow: str) -> Iterator[Mapping[str, Any]]:
    """In which the workflow has `port-byollm` do something, but for getting the engine."""
    for step in GITHUB[workflow]["jobs"][JOBS[workflow]]["steps"]:
        if ".venv/bin/port-byollm" in step.get("run", "") and "engine install" not in step["run"]:
            yield step


@pytest.fixture
def company(local: Local, tmp_path: Path) -> Company:
    project = copy_of_project(tmp_path)
    project.joinpath(".venv").symlink_to(sys.prefix)
    policies = project / "policies"
    shutil.copytree(PROJECT / "policies", policies, ignore=shutil.ignore_patterns("__pycache__"))
    # The settings of prod want Port's own host.
    shutil.copy(policies / "config/dev.json", policies / "config/prod.json")
    sandbox = Sandbox(local, project)
    return Company(sandbox, sandbox.organization("acme")["admin"])


def test_the_page_and_its_workflows(company: Company, tmp_path: Path) -> None:
    sandbox = company.sandbox
    config: dict[str, Any] = yaml.safe_load(block("yaml"))["config"]
    port = sandbox.local.sandbox()["port"]["baseUrl"]
    sandbox.configure("prod", **config | {"port-byollm:baseUrl": port})
    account = config["byollm:target"]["awsAccountId"]
    administrator = sandbox.account(account)
    _follow(sandbox, administrator, tmp_path)
    sandbox.run("pulumi", "stack", "init", "prod", "--no-select").check_returncode()

    def pipeline(workflow: str) -> str:
        """What the workflow's commands print, run as its role."""
        [step] = [s for s in GITHUB[workflow]["jobs"][JOBS[workflow]]["steps"] if "role-to-assume" in str(s)]
        [stack] = [one for one in stacks(workflow) if one["stack"] == "prod"]
        assert stack["account"] == account
        role = re.sub(
            r"\$\{\{ matrix\.(\w+) \}\}", lambda match: stack[match[1]], step["with"]["role-to-assume"]
        )
        keys = company.signed_in(role, sub=f"repo:{REPOSITORY}:{SUBJECTS[workflow]}", ref="refs/heads/main")
        return _run(sandbox, workflow, keys, {} if workflow == "review" else company.port)

    pipeline("review")
    assert "port-byollm-prod" in sandbox.project.joinpath("review-prod.md").read_text()
    assert "created" in pipeline("deploy")
    _check_record(sandbox.project)
    assert "unchanged" in pipeline("drift")
    iam = sandbox.client("iam", administrator)
    # A refresh calls what is added to a role no change; the proof does not hold any more.
    added = {"RoleName": "port-byollm-prod", "PolicyName": "more"}
    statement = {"Effect": "Allow", "Action": ["s3:*", "bedrock:*"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(**added, PolicyDocument=document)
    with pytest.raises(AssertionError, match="The proof FAILS"):
        pipeline("drift")
    iam.delete_role_policy(**added)
    iam.update_role(RoleName="port-byollm-prod", MaxSessionDuration=7200)
    with pytest.raises(AssertionError, match="maxSessionDuration"):
        pipeline("drift")
    assert iam.get_role(RoleName="port-byollm-prod")["Role"]["MaxSessionDuration"] == 7200


def _follow(sandbox: Sandbox, administrator: Keys, tmp_path: Path) -> None:
    """Run what the page has an administrator run."""
    tools = tmp_path / "tools"
    tools.mkdir()
    aws = tools / "aws"
    aws.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).with_name("aws_cli.py")} "$@"\n')
    aws.chmod(0o755)
    tools.joinpath("port-byollm").symlink_to(COMMAND)
    sandbox.project.joinpath("boundary.json").write_text(block("json"))
    path = {"PATH": f"{tools}{os.pathsep}{sandbox.environment['PATH']}", "AWS_DEFAULT_REGION": "eu-west-1"}
    done = sandbox.run("sh", "-euc", block("sh"), credentials=[administrator, path])
    assert (done.returncode, done.stderr) == (0, "")


def _check_record(project: Path) -> None:
    """It is complete, which takes permission to read what was made, and is what the workflow keeps."""
    [upload] = [
        step["with"]["path"]
        for step in GITHUB["deploy"]["jobs"]["up"]["steps"]
        if "upload-artifact" in step.get("uses", "")
    ]
    assert {file.name for file in project.glob(upload)} == {"record.json", "record.json.sha256"}
    assert {"record.json", "record.json.sha256"} == {*GITLAB[".up"]["artifacts"]["paths"]}
    record = json.loads(project.joinpath("record.json").read_text())
    assert record["update"]["result"] == "succeeded"
    assert record["rules"]["holds"] is True
    assert record["proof"]["holds"] is True, record["proof"]["summary"]
    assert record["identity"].endswith(":role/port-byollm-prod")


def _run(sandbox: Sandbox, workflow: str, keys: Keys, port: Keys) -> str:
    no_port = dict.fromkeys(("PORT_CLIENT_ID", "PORT_CLIENT_SECRET"), "")
    runner = {"STACK": "prod", "RUNNER_TEMP": str(sandbox.project.parent)}
    printed = ""
    for step in steps(workflow):
        given = {name: value for name, value in step["env"].items() if "${{" not in value}
        done = sandbox.run("sh", "-euc", step["run"], credentials=[no_port, keys, port, runner, given])
        assert done.returncode == 0, done.stdout + done.stderr
        printed += done.stdout
    assert printed or workflow == "review"
    return printed


@pytest.mark.parametrize("workflow", JOBS)
def test_every_workflow_is_about_the_stacks_of_the_page(workflow: str) -> None:
    named = re.findall(r"`(\d{12})` ([a-z-]+)", PAGE)

    assert [(one["account"], one["stack"]) for one in stacks(workflow)] == named


def test_gitlab_is_about_the_same_stacks_in_the_same_order() -> None:
    expected = [(one["stack"], one["account"], one["region"]) for one in stacks("deploy")]
    matrix = [
        (one["STACK"], one["ACCOUNT"], one["AWS_REGION"]) for one in GITLAB[".stacks"]["parallel"]["matrix"]
    ]
    deployed = [
        (GITLAB[stage]["variables"]["STACK"], GITLAB[stage]["variables"]["ACCOUNT"])
        for stage in GITLAB["stages"][1:]
    ]

    assert matrix == expected
    assert deployed == [(stack, account) for stack, account, _ in expected]


def test_gitlab_runs_what_github_runs() -> None:
    jobs = {"review": GITLAB["review"], "deploy": GITLAB[".up"], "drift": GITLAB["drift"]}
    for workflow, job in jobs.items():
        ran = [line for line in job["script"] if "port-byollm" in line]
        assert [_command(line) for line in ran] == [_command(step["run"]) for step in steps(workflow)]


def _command(line: str) -> list[str]:
    """Its words, without the folder of temporary files, where output goes, and what comes on a failure."""
    words = shlex.split(re.split(r" > | \|\| ", line)[0])
    return [Path(word).name if word.endswith("/events.json") else word for word in words]


@pytest.mark.parametrize(
    ("job", "commands"),
    [(".up", ["pulumi up", "audit record"]), ("drift", ["pulumi refresh", "verify --stack"])],
)
@pytest.mark.parametrize("works", [True, False])
def test_gitlab_goes_on_after_a_failure_and_fails_with_it(
    job: str, commands: list[str], works: bool, tmp_path: Path
) -> None:
    byollm = tmp_path / ".venv/bin/port-byollm"
    byollm.parent.mkdir(parents=True)
    byollm.write_text(f'#!/bin/sh\necho "$1 $2" >> ran\n[ "$1" != pulumi ] || {str(works).lower()}\n')
    byollm.chmod(0o755)
    script = "\n".join(GITLAB[job]["script"])
    done = subprocess.run(["sh", "-euc", script], cwd=tmp_path, env={"STACK": "prod"}, check=False)
    assert (done.returncode == 0) is works
    assert tmp_path.joinpath("ran").read_text().splitlines() == commands


def test_only_the_deployment_writes_and_nothing_has_more_than_it_needs() -> None:
    for name in JOBS:
        workflow = GITHUB[name]
        assert workflow["permissions"] == {}
        job = workflow["jobs"][JOBS[name]]
        assert job["permissions"] == {"contents": "read", "id-token": "write"}
        assert ("environment" in job) == (name == "deploy")
    assert GITHUB["review"]["jobs"]["comment"]["permissions"] == {"pull-requests": "write"}
    assert "port-byollm" not in str(GITHUB["review"]["jobs"]["comment"]["steps"])
    assert "PORT_CLIENT" not in str(GITHUB["review"]["jobs"])


@pytest.mark.parametrize("file", [*(PROJECT / "ci").glob("*/*.yml")], ids=lambda path: path.name)
def test_packages_and_actions_are_taken_by_their_hashes(file: Path) -> None:
    text = file.read_text()

    assert re.search(r"make \.venv/installed$", text, re.MULTILINE)
    assert not re.search(r"uses: (?!\S+@[0-9a-f]{40}  # v[0-9.]+$)", text, re.MULTILINE)
    assert not re.search(r"pip3? install|curl|wget", text)
