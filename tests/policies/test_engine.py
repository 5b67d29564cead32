"""The pack on the real engine: our stacks, and a program that writes its IAM resources by hand."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from port_byollm.cli.environment import applied, sandbox_environment
from port_byollm_engine.install import ensure
from port_byollm_sandbox import lifecycle

from .conftest import EXTERNAL_ID

PROJECT = Path(__file__).parents[2]
PACK = PROJECT / "policies"
VIOLATION = re.compile(r"- \[(\w+)\] \[severity: \w+\]  (\S+)  \((\S+: )?(\S+)\)")

BY_HAND = """
import json
import pulumi_aws as aws
from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam.invoke_policy import pinned
from port_byollm.iam.trust_policy import gateway_trust

GATEWAY = GATEWAY_PRINCIPALS["eu"]
[invoke] = pinned(["claude-sonnet-4-5-20250929"], "eu", "eu-west-1", "111122223333", None)
trust = gateway_trust([GATEWAY], ["{external_id}"]).to_json()


def allow(**statement):
    return json.dumps({{"Version": "2012-10-17", "Statement": {{"Effect": "Allow"}} | statement}})


good = aws.iam.Role("good", assume_role_policy=trust)
policy = aws.iam.Policy("good-invoke", policy=invoke.to_json())
aws.iam.RolePolicyAttachment("good", role=good.name, policy_arn=policy.arn)

anyone = aws.iam.Role("anyone", assume_role_policy=allow(Principal="*", Action="sts:AssumeRole"))
aws.iam.RolePolicy("all", role=anyone.name, policy=allow(NotAction="iam:*", Resource="*"))
attached = aws.iam.Role("attached", assume_role_policy=trust, max_session_duration=43200)
aws.iam.RolePolicyAttachment(
    "attached", role=attached.name, policy_arn="arn:aws:iam::aws:policy/AdministratorAccess"
)
user = aws.iam.User("user")
aws.iam.AccessKey("key", user=user.name)
profile = invoke.statements[0].resource[0]
half = aws.iam.Policy("half", policy=allow(Action="bedrock:invokemodel", Resource=profile))
aws.iam.UserPolicyAttachment("half", user=user.name, policy_arn=half.arn)
made = aws.iam.Policy("made", policy=good.arn.apply(lambda arn: allow(Action="sts:AssumeRole", Resource=arn)))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    directory = tmp_path_factory.mktemp("sandbox")
    try:
        yield applied(sandbox_environment(lifecycle.start(directory), ensure()))
    finally:
        lifecycle.stop(directory)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project: the engine writes a salt into the configuration of a stack it creates."""
    copy = tmp_path / "project"
    shutil.copytree(PROJECT / "stacks", copy / "stacks")
    description = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())
    description["runtime"]["options"]["virtualenv"] = sys.prefix
    description["plugins"]["providers"][0]["path"] = str(PROJECT / "components/port_byollm/plugin")
    copy.joinpath("Pulumi.yaml").write_text(yaml.safe_dump(description))
    return copy


def preview(
    project: Path, stack: str, environment: Mapping[str, str], configuration: str
) -> subprocess.CompletedProcess[str]:
    def pulumi(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(ensure().path), *arguments, "--stack", stack, "--non-interactive"]
        return subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    pulumi("stack", "init", "--no-select")
    pack = ["--policy-pack", str(PACK), "--policy-pack-config", str(PACK / f"config/{configuration}.json")]
    return pulumi("preview", *pack)


def violations(done: subprocess.CompletedProcess[str]) -> set[tuple[str, str, str]]:
    """Level, rule and resource of each."""
    return {(level, rule, name) for level, rule, _, name in VIOLATION.findall(done.stdout)}


def test_prod_passes_its_own_rules(project: Path, environment: Mapping[str, str]) -> None:
    done = preview(project, "prod", environment, "prod")

    assert done.returncode == 0, done.stdout + done.stderr
    assert [found for found in violations(done) if found[0] == "mandatory"] == []


def test_prod_made_worse_is_stopped_in_each_way(project: Path, environment: Mapping[str, str]) -> None:
    file = project / "stacks/Pulumi.prod.yaml"
    stack: dict[str, Any] = yaml.safe_load(file.read_text())
    stack["config"]["port-byollm:baseUrl"] = "https://api.us.port.io"
    bedrock = stack["config"]["byollm:bedrock"]
    bedrock |= {
        "scope": "documented",
        "models": "all",
        "role": {"maxSessionDuration": 43200},
        "validateConnection": False,
    }
    del bedrock["guardrail"]
    stack["config"]["byollm:defaults"]["onRemoval"] = "system-default"
    file.write_text(yaml.safe_dump(stack))

    done = preview(project, "prod", environment, "prod")

    assert done.returncode != 0
    assert {rule for level, rule, _ in violations(done) if level == "mandatory"} == {
        "connection-validated",
        "default-provider-own",
        "guardrail-enforced",
        "models-allowed",
        "models-named",
        "models-not-past-end-of-life",
        "models-within-residency",
        "permissions-boundary-required",
        "port-within-residency",
        "session-duration-limited",
    }


def test_dev_is_advised_and_goes_on(project: Path, environment: Mapping[str, str]) -> None:
    done = preview(project, "dev", environment, "dev")

    assert done.returncode == 0, done.stdout + done.stderr
    assert ("advisory", "models-named", "bedrock") in violations(done)


def test_resources_written_by_hand(tmp_path: Path, environment: Mapping[str, str]) -> None:
    tmp_path.joinpath("Pulumi.yaml").write_text(
        f"name: hand\nruntime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n"
    )
    tmp_path.joinpath("__main__.py").write_text(BY_HAND.format(external_id=EXTERNAL_ID))

    done = preview(tmp_path, "staging", environment, "staging")

    assert done.returncode != 0
    found = violations(done)
    by_resource: dict[str, set[str]] = {}
    for _, rule, name in found:
        by_resource.setdefault(name, set()).add(rule)
    assert by_resource == {
        "good": {"permissions-boundary-required"},
        "anyone": {
            "gateway-within-residency",
            "nothing-else-attached",
            "permissions-boundary-required",
            "trust-only-gateway",
            "trust-requires-external-id",
        },
        "all": {
            "models-named",
            "models-not-past-end-of-life",
            "models-within-residency",
            "only-inference-actions",
        },
        "attached": {
            "nothing-else-attached",
            "permissions-boundary-required",
            "session-duration-limited",
        },
        "key": {"no-access-keys"},
        "user": {"destinations-complete"},
        "hand-staging": {"destinations-complete"},
        # Made of another resource's ARN: said to be unknown by each rule that reads it.
        "made": {
            "document-valid",
            "guardrail-permission-on-guardrail",
            "models-named",
            "models-not-legacy",
            "models-not-past-end-of-life",
            "models-within-residency",
            "only-inference-actions",
        },
    }
    assert "can't run policy 'models-named'" in done.stdout
    assert EXTERNAL_ID not in done.stdout + done.stderr
