"""Stacks other than `local` in the sandbox, with nothing of ours around the engine."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import httpx
import yaml

from .conftest import COMMAND, Local


@dataclass(frozen=True)
class Sandbox:
    """The sandbox of a test as a company: several accounts, several organizations, several stacks."""

    local: Local
    project: Path
    _made: set[str] = field(default_factory=set)

    @cached_property
    def environment(self) -> dict[str, str]:
        done = subprocess.run(
            ["sh", "-c", 'eval "$("$0" sandbox env)"; exec env -0', COMMAND],
            cwd=self.project,
            env=self.local.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return dict(line.split("=", 1) for line in done.stdout.split("\0") if line)

    def organization(self, name: str) -> dict[str, dict[str, str]]:
        """A new organization's credentials as variables of the environment, by role."""
        return {
            role: {"PORT_CLIENT_ID": one.client_id, "PORT_CLIENT_SECRET": one.client_secret}
            for role, one in self.local.port_sandbox.organization(name).items()
        }

    def account(self, account_id: str) -> dict[str, str]:
        """Credentials of an AWS account as variables of the environment."""
        keys = self.local.aws_sandbox.session(account_id).get_credentials()
        return {
            "AWS_ACCESS_KEY_ID": keys.access_key,
            "AWS_SECRET_ACCESS_KEY": keys.secret_key,
            "AWS_SESSION_TOKEN": keys.token,
        }

    def configure(self, stack: str, **sections: Any) -> None:
        """Write the configuration of `stack`: `sections` of `byollm`, and whole keys with a colon."""
        config: dict[str, Any] = {"aws:region": "eu-west-1", "port-byollm:baseUrl": self._port}
        config |= {key if ":" in key else f"byollm:{key}": value for key, value in sections.items()}
        path = self.project / f"stacks/Pulumi.{stack}.yaml"
        kept = yaml.safe_load(path.read_text()) if path.exists() else {}
        path.write_text(yaml.safe_dump({**kept, "config": config}))

    def pulumi(
        self, verb: str, stack: str, *credentials: Mapping[str, str], options: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run the engine on `stack` with these credentials."""
        if stack not in self._made:
            self.run("pulumi", "stack", "init", stack, "--no-select").check_returncode()
            self._made.add(stack)
        yes = () if verb == "preview" or "--preview-only" in options else ("--yes", "--skip-preview")
        arguments = (verb, "--stack", stack, "--non-interactive", *yes, *options)
        return self.run("pulumi", *arguments, credentials=credentials)

    def run(
        self, command: str | Path, *arguments: str, credentials: Sequence[Mapping[str, str]] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a command where the project is, with these credentials in the sandbox's environment."""
        variables = {name: value for one in credentials for name, value in one.items()}
        return subprocess.run(
            [command, *arguments],
            cwd=self.project,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def iam(self, *accounts: Mapping[str, str]) -> list[Any]:
        """All that IAM has in each of the accounts."""
        return [_details(self.client("iam", keys)) for keys in accounts]

    def writes(self, refused: bool = False) -> list[tuple[str, str]]:
        """What Port has done that is no read, but for tokens; also what it was asked to and refused."""
        return [
            (one["method"], one["path"])
            for one in self.local.requests()
            if one["method"] != "GET" and one["path"] != "/v1/auth/access_token"
            if refused or (one["status"] or 0) < httpx.codes.BAD_REQUEST
        ]

    @property
    def _port(self) -> str:
        return str(self.local.sandbox()["port"]["baseUrl"])

    def client(self, service: str, keys: Mapping[str, str]) -> Any:
        client = boto3.client(
            service,
            endpoint_url=self.local.sandbox()["aws"]["endpointUrl"],
            region_name="eu-west-1",
            aws_access_key_id=keys.get("AWS_ACCESS_KEY_ID", "test"),
            aws_secret_access_key=keys.get("AWS_SECRET_ACCESS_KEY", "test"),
            aws_session_token=keys.get("AWS_SESSION_TOKEN"),
        )
        self.local.closing.callback(client.close)
        return client


def _details(iam: Any) -> dict[str, Any]:
    details = iam.get_account_authorization_details()
    return {key: details[key] for key in ("UserDetailList", "RoleDetailList", "Policies", "GroupDetailList")}
