"""Stacks whose state is in S3 and encrypted with KMS, as docs/state.md has it, whose examples these are."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest
from tests.project import copy_of_project

from .by_hand import ALL, API_KEY, set_up_aws, set_up_port
from .canaries import Canaries
from .conftest import COMMAND, PROJECT, Local
from .environment import Sandbox

if TYPE_CHECKING:
    from port_byollm_sandbox.aws.server import AwsServer

PAGE = (PROJECT / "docs/state.md").read_text()
INIT, CHANGE, PASSPHRASE, MOVE, KILLED = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
[BACKEND] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
[LOCKED] = re.findall(r"```text\n(.*?)\n```", PAGE, re.DOTALL)
STACK = "prod"
BUCKET = "acme-pulumi-state"
SECRET_ACCESS_KEY = "canary-secret-access-key"
DEADLINE = 60  # seconds


@dataclass(frozen=True)
class Company:
    """A stack of the sandbox's account and organization; bucket and keys are in an AWS of their own."""

    sandbox: Sandbox
    state: "AwsServer"

    @cached_property
    def environment(self) -> dict[str, str]:
        """Of whoever deploys: without the sandbox's backend and passphrase."""
        of_sandbox = ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE")
        kept = {name: value for name, value in self.sandbox.environment.items() if name not in of_sandbox}
        return kept | {
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_ENDPOINT_URL_S3": self.state.endpoint_url,
            "AWS_ENDPOINT_URL_KMS": self.state.endpoint_url,
            **dict(re.findall(r"export (\w+)='(.*)'", INIT)),
        }

    @property
    def without_port(self) -> dict[str, str]:
        credentials = ("PORT_BASE_URL", "PORT_CLIENT_ID", "PORT_CLIENT_SECRET")
        return {name: value for name, value in self.environment.items() if name not in credentials}

    def configure(self, others: Mapping[str, Any] | None = None, **bedrock: Any) -> None:
        """With these settings of Bedrock, and `others` as providers beside it."""
        models = ["claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"]
        self.sandbox.configure(
            STACK,
            target={"awsAccountId": "111122223333", "portOrganization": "sandbox"},
            bedrock={"geography": "eu", "models": models, **bedrock},
            **(others or {}),
            defaults={"provider": "bedrock", "model": models[0]},
        )

    def run(
        self, *command: str | Path, environment: Mapping[str, str] | None = None, fails: bool = False
    ) -> str:
        """What a command prints that ends as it should."""
        done = subprocess.run(
            command,
            cwd=self.sandbox.project,
            env=environment or self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert bool(done.returncode) is fails, f"{command}:\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def shell(self, script: str, **variables: str) -> str:
        return self.run("sh", "-euc", script, environment={**self.environment, **variables})

    def pulumi(self, verb: str, *arguments: str, fails: bool = False) -> str:
        return self.run("pulumi", verb, "--stack", STACK, "--non-interactive", *arguments, fails=fails)

    def byollm(self, *command: str, fails: bool = False) -> str:
        return self.run(COMMAND, *command, "--stack", STACK, fails=fails)

    def set(self, key: str, value: str, *options: str) -> str:
        """Write a setting of `byollm` as people do."""
        return self.run(
            "pulumi", "config", "set", "--stack", STACK, "--path", *options, f"byollm:{key}", value
        )

    def up(self, *arguments: str) -> str:
        return self.pulumi("up", "--yes", "--skip-preview", "--diff", *arguments)

    def refresh(self) -> str:
        return self.pulumi("refresh", "--yes", "--skip-preview", "--diff")

    def aws(self, service: str) -> Any:
        """Of the AWS that has the state."""
        client = boto3.client(
            service,
            endpoint_url=self.state.endpoint_url,
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        self.sandbox.local.closing.callback(client.close)
        return client

    def checkpoint(self) -> dict[str, Any]:
        """What the bucket has of the stack right now."""
        answer = self.aws("s3").get_object(Bucket=BUCKET, Key=f".pulumi/stacks/byollm/{STACK}.json")
        latest: dict[str, Any] = json.loads(answer["Body"].read())["checkpoint"]["latest"]
        return latest

    def export(self) -> str:
        """The state with its secrets in plain text; nothing while there is none."""
        if not self.keys(f"stacks/byollm/{STACK}.json"):
            return ""
        return self.run("pulumi", "stack", "export", "--stack", STACK, "--show-secrets")

    def keys(self, under: str) -> list[str]:
        found = self.aws("s3").list_objects_v2(Bucket=BUCKET, Prefix=f".pulumi/{under}")
        return [each["Key"] for each in found.get("Contents", [])]

    def leaks(self, canaries: Canaries, said: str) -> list[str]:
        """As `Canaries.leaks`; also in every version of every object that the bucket ever had."""
        s3, copies = self.aws("s3"), self.sandbox.local.directory / "bucket"
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=BUCKET):
            for each in page.get("Versions", []):
                copy = copies / each["Key"] / each["VersionId"]
                if not copy.exists():
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    copy.write_bytes(s3.get_object(Bucket=BUCKET, **_version(each))["Body"].read())
        return canaries.leaks(said)


def _version(of: Mapping[str, Any]) -> dict[str, str]:
    return {key: of[key] for key in ("Key", "VersionId")}


@pytest.fixture
def company(local: Local, aws: "AwsServer", tmp_path: Path) -> Company:
    company = Company(Sandbox(local, copy_of_project(tmp_path)), aws)
    s3, kms = company.aws("s3"), company.aws("kms")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for alias in ("alias/pulumi", "alias/pulumi-2"):
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=alias, TargetKeyId=key)
    company.configure()
    return company


@pytest.fixture
def canaries(company: Company, monkeypatch: pytest.MonkeyPatch) -> Canaries:
    # The engine writes down what it tells the terminal, too.
    monkeypatch.setenv("PULUMI_DEBUG_COMMANDS", "true")
    monkeypatch.setenv("PULUMI_OPTION_EVENT_LOG", str(company.sandbox.local.directory / "events"))
    more = {"AWS secret access key": SECRET_ACCESS_KEY, "API key": API_KEY}
    return Canaries(company.sandbox.local, company.export, **more)


def test_a_life_on_s3_and_kms_leaves_no_secret_in_plain_text(canaries: Canaries, company: Company) -> None:
    local = company.sandbox.local
    keys = {name: each["apiKey"] for name, each in local.sandbox()["upstreams"].items()}
    local.aws("secretsmanager").create_secret(Name="azure", SecretString=keys["azure-openai"])
    azure = {"resourceName": "acme", "deploymentId": "gpt-5", "apiKeyAwsSecret": {"id": "azure"}}
    others = {"openai": {"apiKeyEnv": "OPENAI_API_KEY"}, "anthropic": {}, "azure-openai": azure}
    company.configure(others, auth="access-keys")
    events, record = str(local.directory / "events"), str(local.directory / "record.json")
    pack = str(PROJECT / "policies")
    life: dict[str, Callable[[], str]] = {
        "init": lambda: company.shell(INIT),
        "config": lambda: company.set("anthropic.apiKey", keys["anthropic"], "--secret"),
        "preview": lambda: company.pulumi("preview", "--json"),
        "up": company.up,
        "audit": lambda: company.byollm("audit", "record", "--event-log", events, "--output", record),
        "refresh": company.refresh,
        "rotate of the access key": lambda: company.byollm("rotate", "access-key", "--yes"),
        "config of the role": lambda: company.set("bedrock.auth", "role"),
        # The rules for `prod` ask for a boundary, a guardrail and data residency.
        "review": lambda: company.byollm("review", "--policy-pack", pack, fails=True),
        "up to the role": company.up,
        "refresh of the role": company.refresh,
        "status": lambda: company.byollm("status"),
        "verify": lambda: company.byollm("verify"),
        # Nobody has accepted the models' agreements, which the sandbox does not ask for.
        "diagnose": lambda: company.byollm("diagnose", "--test", fails=True),
        "rotate": lambda: company.byollm("rotate", "external-id", "--yes"),
        "change of the key": lambda: company.shell(CHANGE),
        "up with the other key": lambda: company.up("--expect-no-changes"),
        "revoke": lambda: company.byollm("revoke", "--yes"),
        "destroy": lambda: company.pulumi("destroy", "--yes", "--skip-preview"),
    }
    for verb, run in life.items():
        assert company.leaks(canaries, run()) == [], verb

    for under in ("stacks", "history", "backups"):
        assert company.keys(under), under
    assert company.keys("locks") == []
    assert company.checkpoint()["secrets_providers"]["state"]["url"].startswith("awskms://alias/pulumi-2?")


def test_the_scan_finds_what_only_an_older_version_of_an_object_had(
    canaries: Canaries, company: Company
) -> None:
    for body in (SECRET_ACCESS_KEY, "clean"):
        company.aws("s3").put_object(Bucket=BUCKET, Key=".pulumi/meta.yaml", Body=body)

    [leak] = company.leaks(canaries, "")

    assert leak.startswith("AWS secret access key in bucket/.pulumi/meta.yaml/")


def test_a_preview_needs_no_credentials_of_port_and_asks_it_nothing(company: Company) -> None:
    company.shell(INIT)

    def preview() -> str:
        asked = company.sandbox.local.requests()
        said = company.run("pulumi", "preview", "--stack", STACK, environment=company.without_port)
        assert company.sandbox.local.requests() == asked
        return said

    assert "14 to create" in preview()
    company.up()
    assert "unchanged" in preview()
    company.configure(externalId={"rotation": "2"})
    assert "to replace" in preview()


def test_what_was_set_up_by_hand_is_adopted_into_s3_and_imported_one_by_one(
    canaries: Canaries, company: Company
) -> None:
    local = company.sandbox.local
    role = set_up_aws(local, ALL)
    set_up_port(local, role)
    company.shell(INIT)

    adopted = company.byollm("adopt", "--file", str(local.directory / "adopt.json"), "--yes")

    assert company.leaks(canaries, adopted + company.up()) == []
    assert company.leaks(canaries, company.up("--expect-no-changes")) == []
    # The table of docs/adopting.md.
    ids = {
        "Secret": "openai-api-key",
        "LlmProvider": "bedrock",
        "LlmDefaults": "defaults",
        "ExternalId": role,
    }
    for kind, name in ids.items():
        what = (f"port-byollm:index:{kind}", "by-hand", name)
        imported = company.pulumi("import", *what, "--yes", "--skip-preview", "--generate-code=false")
        assert company.leaks(canaries, imported) == [], kind


def test_an_update_that_was_killed_is_cancelled_and_gone_on_with(
    canaries: Canaries, company: Company
) -> None:
    company.shell(INIT)
    faults = f"{company.environment['PORT_BASE_URL']}/_emulator/faults"
    late = {"method": "POST", "path": "/v1/llm-providers", "latencySeconds": 60, "status": 503}
    httpx.post(faults, json=late).raise_for_status()
    with (company.sandbox.local.directory / "killed.log").open("wb") as log:
        update = subprocess.Popen(
            ["pulumi", "up", "--stack", STACK, "--yes", "--skip-preview", "--non-interactive", "--diff"],
            cwd=company.sandbox.project,
            env=company.environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + DEADLINE
    while "LlmProvider" not in str(company.checkpoint().get("pending_operations")):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    os.killpg(update.pid, signal.SIGKILL)
    update.wait()
    httpx.delete(faults).raise_for_status()

    assert company.leaks(canaries, "") == []
    [lock] = company.keys("locks")
    assert LOCKED in company.pulumi("up", "--yes", "--skip-preview", fails=True)

    assert company.leaks(canaries, company.shell(KILLED)) == []

    assert lock not in company.keys("locks")
    assert not company.checkpoint().get("pending_operations")
    assert "unchanged" in company.up("--expect-no-changes")


def test_a_stack_moves_from_a_file_and_a_passphrase_into_s3_and_kms(
    canaries: Canaries, company: Company, tmp_path: Path
) -> None:
    [path] = re.findall(r"PASSPHRASE_FILE=(\S+)", PASSPHRASE)
    file = tmp_path.with_name(f"{tmp_path.name}-passphrase")
    file.write_text("a canary of a passphrase")
    before = {"PULUMI_BACKEND_URL": company.sandbox.environment["PULUMI_BACKEND_URL"]}
    company.shell(PASSPHRASE.replace(path, str(file)), **before)
    before["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(file)
    secret = f'pulumi config set --stack {STACK} --secret port-byollm:clientSecret "$PORT_CLIENT_SECRET"'
    company.shell(f"{secret}; pulumi up --stack {STACK} --yes --skip-preview", **before)

    moved = company.shell(MOVE, **before)

    del company.environment["PORT_CLIENT_SECRET"]  # it is read from the configuration, by the new key
    refreshed = company.pulumi("refresh", "--yes", "--skip-preview")
    assert company.leaks(canaries, moved + refreshed + company.up("--expect-no-changes")) == []
    assert "14 deleted" in company.pulumi("destroy", "--yes", "--skip-preview")


def test_a_backend_that_the_project_names_is_not_that_of_the_sandboxs_own_stack(
    company: Company,
) -> None:
    project = company.sandbox.project / "Pulumi.yaml"
    project.write_text(project.read_text() + BACKEND)
    del company.environment["PULUMI_BACKEND_URL"]
    company.shell(INIT.splitlines()[1])

    company.run(COMMAND, "pulumi", "preview", environment=company.sandbox.local.environment)

    assert company.keys(f"stacks/byollm/{STACK}.json")
    assert not company.keys("stacks/byollm/local")
