"""`ci/`: the pipelines to copy do what they say, as far as it can be done on this machine."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from junitparser import JUnitXml
from tests.project import PROJECT

from .previews import environment, project

__all__ = ["environment", "project"]  # fixtures

GITHUB, GITLAB = PROJECT / "ci/github/policies.yml", PROJECT / "ci/gitlab/policies.yml"
PACK = f"--policy-pack {PROJECT / 'policies'}"


@pytest.fixture
def github() -> dict[str, Any]:
    job: dict[str, Any] = yaml.safe_load(GITHUB.read_text())["jobs"]["preview"]
    return job


@pytest.fixture
def gitlab() -> dict[str, Any]:
    job: dict[str, Any] = yaml.safe_load(GITLAB.read_text())["policies"]
    return job


def commands(job: Mapping[str, Any]) -> Iterator[str]:
    yield from job.get("script", ())
    yield from (step["run"] for step in job.get("steps", ()) if "run" in step)


def run(job: Mapping[str, Any], project: Path, environment: Mapping[str, str]) -> list[int]:
    """The exit codes of the job's own commands on a copy of the project, whose pack stays where it is."""
    stack = str(job.get("env", job.get("variables"))["STACK"])
    command = Path(sys.executable).with_name("port-byollm")
    init = [str(command), "pulumi", "stack", "init", stack, "--no-select", "--non-interactive"]
    # In the sandbox of all these tests it is there from the second one on.
    subprocess.run(init, cwd=project, env=environment, check=False, capture_output=True)
    codes = []
    for line in commands(job):
        if line.startswith(".venv/bin/port-byollm "):
            here = line.replace(".venv/bin/port-byollm", str(command))
            here = here.replace("policy report", f"policy report {PACK}")
            done = subprocess.run(
                ["sh", "-c", here],
                cwd=project,
                env={**environment, "STACK": stack},
                capture_output=True,
                timeout=120,
                check=False,
            )
            codes.append(done.returncode)
    return codes


def test_github_uploads_what_the_report_writes(
    github: dict[str, Any], project: Path, environment: Mapping[str, str]
) -> None:
    assert run(github, project, environment) == [0, 0]

    [upload] = [step for step in github["steps"] if "upload-sarif" in step.get("uses", "")]
    log = json.loads(project.joinpath(upload["with"]["sarif_file"]).read_text())
    assert log["version"] == "2.1.0"
    assert f"hashFiles('{upload['with']['sarif_file']}')" in upload["if"]
    assert github["permissions"]["security-events"] == "write"


def test_gitlab_keeps_what_the_report_writes(
    gitlab: dict[str, Any], project: Path, environment: Mapping[str, str]
) -> None:
    assert run(gitlab, project, environment) == [0, 0]

    report = gitlab["artifacts"]["reports"]["junit"]
    assert JUnitXml.fromfile(str(project / report)).failures == 0
    assert gitlab["artifacts"]["when"] == "always"


@pytest.mark.parametrize("file", [GITHUB, GITLAB], ids=["github", "gitlab"])
def test_packages_are_installed_by_their_hashes(file: Path) -> None:
    text = file.read_text()
    makefile = PROJECT.joinpath("Makefile").read_text()

    assert not re.search(r"pip3? install|curl|wget", text)
    assert re.search(r"make \.venv/installed$", text, re.MULTILINE)
    assert "READY := .venv/installed" in makefile
    assert "--require-hashes -r requirements.lock" in makefile
