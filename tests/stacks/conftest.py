"""The `local` stack end to end: real engine, real plugin, and a sandbox of its own for each test."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
import yaml

PROJECT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).with_name("port-byollm")


@dataclass(frozen=True)
class Local:
    """The `local` stack of this test, and both sides that it acts on."""

    directory: Path
    closing: ExitStack
    _status: dict[str, Any] = field(default_factory=dict)

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
            cwd=PROJECT,
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
        config = ["--config-file", str(self.config_file)]
        return self.command(
            "pulumi", verb, "--stack", "local", "--non-interactive", *config, *args, check=check
        )

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

    def sandbox(self) -> dict[str, Any]:
        """Where both sides are, and the credentials: the same from start to stop, also over a reset."""
        if not self._status:
            said = self.command("sandbox", "status", "--json", "--show-secrets").stdout
            self._status.update(json.loads(said))
        return self._status

    @contextmanager
    def port(self) -> Iterator[httpx.Client]:
        """Port's side, as an administrator sees it."""
        port = self.sandbox()["port"]
        with httpx.Client(base_url=port["baseUrl"]) as client:
            token = (
                client.post("/v1/auth/access_token", json=port["admin"])
                .raise_for_status()
                .json()["accessToken"]
            )
            client.headers["Authorization"] = f"Bearer {token}"
            yield client

    def requests(self) -> list[dict[str, Any]]:
        """What Port has been asked so far."""
        answer = httpx.get(f"{self.sandbox()['port']['baseUrl']}/_emulator/requests")
        requests: list[dict[str, Any]] = answer.json()["requests"]
        return requests

    def iam(self) -> Any:
        return self.aws("iam")

    def aws(self, service: str) -> Any:
        """AWS's side."""
        aws = self.sandbox()["aws"]
        client = boto3.client(
            service,
            endpoint_url=aws["endpointUrl"],
            region_name=aws["region"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        self.closing.callback(client.close)
        return client


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    """A sandbox that is running, and a stack not yet created."""
    with ExitStack() as closing:
        stack = Local(tmp_path, closing)
        stack.configure()
        stack.command("sandbox", "start")
        closing.callback(stack.command, "sandbox", "stop")
        yield stack
