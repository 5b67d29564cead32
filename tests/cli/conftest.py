"""The command line with a sandbox and an engine that are made up; and AWS as boto3 finds it."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from port_byollm.cli.__main__ import main
from port_byollm_engine import install
from port_byollm_sandbox import lifecycle
from port_byollm_sandbox.port_emulator.organizations import Credential

if TYPE_CHECKING:
    from port_byollm_sandbox.aws.server import AwsServer


class FakeSandbox:
    """What the command line sees of a running sandbox."""

    port_base_url = "http://127.0.0.1:1"
    admin = Credential("admin-id", "hunter2")
    member = Credential("member-id", "hunter2")
    aws_account_id = "111122223333"

    def __init__(self, directory: Path) -> None:
        self.backend = directory / "pulumi"

    def environment(self) -> dict[str, str | None]:
        return {
            "PULUMI_BACKEND_URL": f"file://{self.backend}",
            "PULUMI_CONFIG_PASSPHRASE": "it's a pass phrase",
            "AWS_PROFILE": None,
        }

    def to_json(self, show_secrets: bool = False) -> dict[str, Any]:
        admin = {"clientId": "id"} | ({"clientSecret": "hunter2"} if show_secrets else {})
        return {
            "running": True,
            "port": {"baseUrl": "http://127.0.0.1:1", "region": "eu", "admin": admin, "member": admin},
            "aws": {
                "endpointUrl": "http://127.0.0.1:2",
                "region": "eu-west-1",
                "accountId": self.aws_account_id,
            },
        }


@dataclass
class CommandLine:
    """A project folder, and what `port-byollm` did in it."""

    folder: Path
    engine: install.Engine
    sandbox: FakeSandbox | None = None
    started: list[Path] = field(default_factory=list)
    executed: list[tuple[Path, list[str], dict[str, str]]] = field(default_factory=list)

    @property
    def directory(self) -> Path:
        return self.folder / ".sandbox"

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments))

    def pulumi(self, *arguments: str) -> tuple[list[str], dict[str, str]]:
        """The engine's arguments and environment."""
        result = self.run("pulumi", *arguments)
        assert result.exit_code == 0, result.output
        [(path, argv, env)] = self.executed
        assert path == self.engine.path
        assert argv[0] == "pulumi"
        return argv[1:], env

    def has_stack(self) -> Path:
        """Let the sandbox's backend hold the stack `local`; its checkpoint."""
        checkpoint = self.directory / "pulumi/.pulumi/stacks/byollm/local.json"
        checkpoint.parent.mkdir(parents=True)
        checkpoint.write_text('{"version": 3, "checkpoint": {"latest": {}}}')
        return checkpoint


@pytest.fixture
def command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    (tmp_path / "Pulumi.yaml").write_text("name: byollm\nruntime: python\n")
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(("PULUMI_", "PORT_BYOLLM_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AWS_PROFILE", "the-users")
    # A `pulumi stack init` writes the checkpoint, as the engine's does.
    pulumi = tmp_path / "bin/pulumi"
    pulumi.parent.mkdir()
    pulumi.write_text(
        '#!/bin/sh\necho "$@" >> "$HOME.commands"\n'
        'folder="${PULUMI_BACKEND_URL#file://}/.pulumi/stacks/byollm"\nmkdir -p "$folder"\n'
        'echo "{}" > "$folder/local.json"\n'
    )
    pulumi.chmod(0o755)
    (pulumi.parent / "pulumi-language-python").write_text("port_byollm_engine")
    line = CommandLine(tmp_path, install.Engine(pulumi, install.VERSION, official=False))

    def start(directory: Path) -> FakeSandbox:
        line.started.append(directory)
        line.sandbox = FakeSandbox(directory)
        return line.sandbox

    def stop(directory: Path) -> None:
        line.sandbox = None

    monkeypatch.setattr(install, "ensure", lambda report=None: line.engine)
    monkeypatch.setattr(install, "_install", lambda home, report: pytest.fail("no test installs an engine"))
    monkeypatch.setattr(lifecycle, "start", start)
    monkeypatch.setattr(lifecycle, "stop", stop)
    monkeypatch.setattr(lifecycle, "status", lambda directory: line.sandbox)
    monkeypatch.setattr(os, "execve", lambda path, argv, env: line.executed.append((path, argv, env)))
    return line


@pytest.fixture
def aws(aws: "AwsServer", monkeypatch: pytest.MonkeyPatch) -> "AwsServer":
    """An empty AWS, which boto3 finds in the environment."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return aws
