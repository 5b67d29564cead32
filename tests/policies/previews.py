"""Previews with the pack, on the real engine, in a sandbox of their own."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from tests.project import PROJECT, copy_of_project

from port_byollm.cli.pulumi.environment import applied, sandbox_environment
from port_byollm_engine.install import ensure
from port_byollm_sandbox import lifecycle

PACK = PROJECT / "policies"


class Violation(NamedTuple):
    level: str
    rule: str
    resource: str
    """Its name."""
    message: str
    """As the engine prints it, the rule's description first."""


@dataclass(frozen=True)
class Preview:
    stopped: bool
    said: str
    """What the engine printed, on both streams."""
    violations: list[Violation]

    @property
    def mandatory(self) -> set[str]:
        return {violation.rule for violation in self.violations if violation.level == "mandatory"}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    directory = tmp_path_factory.mktemp("sandbox")
    try:
        # The engine writes its events to a file for those only who say that they debug it.
        yield applied(sandbox_environment(lifecycle.start(directory), ensure())) | {
            "PULUMI_DEBUG_COMMANDS": "true"
        }
    finally:
        lifecycle.stop(directory)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_of_project(tmp_path)


def preview(
    project: Path, stack: str, environment: Mapping[str, str], configuration: Path, pack: Path = PACK
) -> Preview:
    def pulumi(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(ensure().path), *arguments, "--stack", stack, "--non-interactive"]
        return subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    backend = Path(urlsplit(environment["PULUMI_BACKEND_URL"]).path)
    if not backend.joinpath(f".pulumi/stacks/byollm/{stack}.json").exists():  # by a test before
        pulumi("stack", "init", "--no-select")
    events = project / "events.json"
    events.unlink(missing_ok=True)
    rules = ["--policy-pack", str(pack), "--policy-pack-config", str(configuration)]
    done = pulumi("preview", "--event-log", str(events), *rules)
    return Preview(done.returncode != 0, done.stdout + done.stderr, [*_violations(events)])


def _violations(events: Path) -> Iterator[Violation]:
    for line in events.read_text().splitlines() if events.exists() else ():
        if event := json.loads(line).get("policyEvent"):
            name = event["resourceUrn"].split("::", 3)[3]
            yield Violation(event["enforcementLevel"], event["policyName"], name, event["message"].rstrip())
