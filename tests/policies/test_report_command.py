"""`port-byollm policy report` on the real engine."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from junitparser import JUnitXml

from .previews import PACK, environment, project

__all__ = ["environment", "project"]  # fixtures

COMMAND = Path(sys.executable).with_name("port-byollm")
CLIENT_SECRET = "hunter2-and-more-of-it"


class Repository:
    """A copy of the project, with its pack where it is looked for, in a repository of its own."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder, self._environment = folder, environment
        folder.joinpath(".git").mkdir()
        pack = folder / "policies"
        shutil.copytree(PACK, pack, ignore=shutil.ignore_patterns("port_byollm_policies", "__pycache__"))
        description = yaml.safe_load(pack.joinpath("PulumiPolicy.yaml").read_text())
        description["runtime"]["options"]["virtualenv"] = sys.prefix
        pack.joinpath("PulumiPolicy.yaml").write_text(yaml.safe_dump(description))
        self.run("pulumi", "stack", "init", "prod", "--no-select", "--non-interactive")

    @property
    def configuration(self) -> Path:
        return self.folder / "stacks/Pulumi.prod.yaml"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *arguments],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def report(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("policy", "report", "--stack", "prod", *arguments)


@pytest.fixture
def repository(project: Path, environment: Mapping[str, str]) -> Repository:
    return Repository(project, environment)


def test_prod_is_reported_to_hold(repository: Repository) -> None:
    done = repository.report("--format", "junit", "--output", "rules.xml")

    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "prod: 20 rules hold." in done.stderr
    [suite] = JUnitXml.fromfile(str(repository.folder / "rules.xml"))
    assert (suite.tests, suite.failures, suite.skipped, suite.errors) == (20, 0, 0, 0)


def test_prod_made_worse_is_reported_at_the_setting(repository: Repository) -> None:
    repository.run(
        "pulumi", "config", "set", "--stack", "prod", "--secret", "port-byollm:clientSecret", CLIENT_SECRET
    )
    text = repository.configuration.read_text()
    repository.configuration.write_text(text.replace("maxSessionDuration: 3600", "maxSessionDuration: 43200"))

    done = repository.report()

    assert done.returncode == 1
    assert "Error: mandatory rules do not hold: session-duration-limited" in done.stderr
    [run] = json.loads(done.stdout)["runs"]
    [result] = run["results"]
    assert (result["ruleId"], result["kind"]) == ("session-duration-limited", "fail")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "stacks/Pulumi.prod.yaml"
    line = repository.configuration.read_text().splitlines()[place["region"]["startLine"] - 1]
    assert line.strip() == "maxSessionDuration: 43200"
    assert len(run["tool"]["driver"]["rules"]) == 20
    assert CLIENT_SECRET not in done.stdout + done.stderr


def test_preview_that_fails_is_reported_and_does_not_pass(repository: Repository) -> None:
    text = repository.configuration.read_text()
    repository.configuration.write_text(text.replace("scope: pinned", "scoop: pinned"))

    done = repository.report()

    assert done.returncode == 1
    assert "byollm:bedrock.scoop: unknown configuration key" in done.stderr
    [run] = json.loads(done.stdout)["runs"]
    [invocation] = run["invocations"]
    assert not invocation["executionSuccessful"]
    assert "byollm:bedrock.scoop" in str(invocation["toolExecutionNotifications"])


def test_rules_that_were_not_asked_do_not_pass(repository: Repository) -> None:
    repository.folder.joinpath("policies/__main__.py").write_text("raise SystemExit(1)\n")

    done = repository.report("--output", "rules.sarif")

    assert done.returncode == 1
    assert "the rules were not evaluated for prod: " in done.stderr
    assert not repository.folder.joinpath("rules.sarif").exists()


def test_configuration_that_is_mistyped_is_refused(repository: Repository) -> None:
    configuration = repository.folder / "policies/config/prod.json"
    configuration.write_text('{"session-duration-limited": {"maxSecond": 3600}}')

    done = repository.report()

    assert done.returncode == 1
    assert "session-duration-limited.maxSecond: the rule has no such setting" in done.stderr
    assert "did you mean maxSeconds?" in done.stderr


def test_stack_without_a_configuration_is_not_reported_as_if_rules_could_stop_it(
    repository: Repository,
) -> None:
    configuration = repository.folder / "policies/config/prod.json"
    configuration.unlink()

    done = repository.report()

    assert done.returncode == 1
    assert f"--policy-pack-config: there is no {configuration}, and without it every rule" in done.stderr
    assert done.stdout == ""


def test_pack_that_is_not_there_is_named(repository: Repository) -> None:
    shutil.rmtree(repository.folder / "policies")

    done = repository.report()

    assert done.returncode == 1
    assert f"--policy-pack: there is no folder {repository.folder / 'policies'}" in done.stderr
