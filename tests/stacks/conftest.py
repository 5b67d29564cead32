"""The `local` stack end to end: real engine, real plugin, and a sandbox that each test finds empty."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from port_byollm_sandbox import lifecycle
from port_byollm_sandbox.sandbox import Sandbox
from port_byollm_sandbox.testing import AwsSandbox, PortSandbox

PROJECT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).with_name("port-byollm")
# Of `byollm:bedrock.modelAccess`.
USE_CASE = {
    "companyName": "Acme",
    "companyWebsite": "https://acme.example",
    "intendedUsers": "0",
    "industryOption": "Software",
    "useCases": "Answers in the developer portal",
}


@dataclass(frozen=True)
class Local:
    """The `local` stack of this test, and both sides that it acts on."""

    directory: Path
    closing: ExitStack
    new_stack: Path
    """What the engine makes of a new stack, kept from the first test for all others."""
    project: Path = PROJECT

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PORT_BYOLLM_SANDBOX_DIR": str(self.directory / "sandbox")}

    @property
    def config_file(self) -> Path:
        return self.directory / "Pulumi.local.yaml"

    def command(self, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `port-byollm`; a failure shows what it printed."""
        done = subprocess.run(
            [COMMAND, *args],
            cwd=self.project,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if check and done.returncode:
            pytest.fail(
                f"port-byollm {' '.join(args)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
            )
        return done

    def pulumi(self, verb: str, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run an engine command on the `local` stack with this test's configuration."""
        self._create_stack()
        config = ["--config-file", str(self.config_file)]
        return self.command(
            "pulumi", verb, "--stack", "local", "--non-interactive", *config, *args, check=check
        )

    def _create_stack(self) -> None:
        """Unless it is there; the engine takes a third of a second to."""
        backend = self.directory / "sandbox/pulumi"
        if backend.joinpath(".pulumi/stacks").exists():
            return
        if self.new_stack.exists():
            shutil.copytree(self.new_stack, backend, dirs_exist_ok=True)
        else:
            self.command("pulumi", "stack", "--stack", "local")
            shutil.copytree(backend, self.new_stack)

    def up(self, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.pulumi("up", "--yes", "--skip-preview", *args, check=check)

    def configure(self, **sections: Any) -> None:
        """Lay `sections` over the configuration of the repository's `local` stack; `None` takes a key out."""
        document = yaml.safe_load((PROJECT / "stacks/Pulumi.local.yaml").read_text())
        for name, value in sections.items():
            key = f"byollm:{name}"
            if value is None:
                document["config"].pop(key, None)
            elif isinstance(document["config"].get(key), dict):
                document["config"][key] |= value
            else:
                document["config"][key] = value
        self.config_file.write_text(yaml.safe_dump(document))

    def outputs(self) -> dict[str, Any]:
        outputs: dict[str, Any] = json.loads(
            self.command("pulumi", "stack", "output", "--stack", "local", "--json").stdout
        )
        return outputs

    @cached_property
    def _running(self) -> Sandbox:
        """The same from start to stop, also over a reset."""
        running = lifecycle.status(self.directory / "sandbox")
        assert running is not None
        return running

    def sandbox(self) -> dict[str, Any]:
        """Where both sides are, and the credentials: `sandbox status --json --show-secrets`."""
        return self._running.to_json(show_secrets=True)

    @cached_property
    def port_sandbox(self) -> PortSandbox:
        return PortSandbox(self._running, self.closing)

    @cached_property
    def aws_sandbox(self) -> AwsSandbox:
        return AwsSandbox(self._running, self.closing)

    @contextmanager
    def port(self) -> Iterator[httpx.Client]:
        """Port's side, as an administrator sees it who has just signed in."""
        yield self.port_sandbox.client(self.port_sandbox.admin_credential)

    def requests(self) -> list[dict[str, Any]]:
        """What Port has been asked so far."""
        return self.port_sandbox.requests()

    def iam(self) -> Any:
        return self.aws("iam")

    def aws(self, service: str) -> Any:
        """AWS's side."""
        return self.aws_sandbox.client(service)


@pytest.fixture(scope="session")
def new_stack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("new-stack") / "pulumi"


@pytest.fixture
def local(tmp_path: Path, byollm_sandbox: Sandbox, new_stack: Path) -> Iterator[Local]:
    """A sandbox that is running, and a stack not yet created."""
    (tmp_path / "sandbox").symlink_to(byollm_sandbox.directory)
    with ExitStack() as closing:
        stack = Local(tmp_path, closing, new_stack)
        stack.configure()
        yield stack
