"""dev, staging, prod and prod-us, previewed against the sandbox with nothing of ours around the engine."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.project import copy_of_project

from .conftest import PROJECT, Local

ROLE, POLICY = "aws:iam/role:Role", "aws:iam/policy:Policy"
SCRIPT = """
eval "$("$0" sandbox env)"
pulumi stack init "$1" --no-select --non-interactive >&2
exec pulumi preview --stack "$1" --json --non-interactive
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_of_project(tmp_path)


def _preview(local: Local, project: Path, stack: str) -> dict[str, Any]:
    """The planned inputs of each resource by its type."""
    command = Path(sys.executable).with_name("port-byollm")
    done = subprocess.run(
        ["sh", "-c", SCRIPT, command, stack],
        cwd=project,
        env={**os.environ, **local.environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    steps = json.loads(done.stdout)["steps"]
    return {step["newState"]["type"]: step["newState"].get("inputs", {}) for step in steps}


def _statements(inputs: dict[str, Any]) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = json.loads(inputs["policy"])["Statement"]
    return statements


def test_dev_may_use_any_model(local: Local, project: Path) -> None:
    planned = _preview(local, project, "dev")

    [statement] = _statements(planned[POLICY])
    assert statement["Resource"] == [
        "arn:aws:bedrock:*:*:inference-profile/*",
        "arn:aws:bedrock:*::foundation-model/*",
    ]
    assert planned[ROLE]["name"] == "port-byollm-dev"


@pytest.mark.parametrize("stack", ["staging", "prod", "prod-us"])
def test_all_but_dev_are_pinned_and_bounded(local: Local, project: Path, stack: str) -> None:
    config = yaml.safe_load((PROJECT / f"stacks/Pulumi.{stack}.yaml").read_text())["config"]
    account, region = config["byollm:target"]["awsAccountId"], config["aws:region"]
    geography = config["byollm:dataResidency"]

    planned = _preview(local, project, stack)

    invoke, *models = [
        one for one in _statements(planned[POLICY]) if "ApplyGuardrail" not in str(one["Action"])
    ]
    profile = f"arn:aws:bedrock:{region}:{account}:inference-profile/{geography}.anthropic."
    assert all(arn.startswith(profile) for arn in invoke["Resource"])
    for statement in models:
        assert "*" not in str(statement["Resource"])
        through = statement["Condition"]["StringEquals"]["bedrock:InferenceProfileArn"]
        assert through in invoke["Resource"]
    assert planned[ROLE]["permissionsBoundary"] == f"arn:aws:iam::{account}:policy/port-byollm-boundary"
    assert planned["port-byollm:index:LlmProvider"]["config"]["externalIdSecretName"]


def test_prod_enforces_its_guardrail(local: Local, project: Path) -> None:
    planned = _preview(local, project, "prod")

    guardrail = planned["port-byollm:index:LlmProvider"]["config"]["guardrailIdentifier"]
    *invocations, apply = _statements(planned[POLICY])
    assert apply["Action"] == "bedrock:ApplyGuardrail"
    assert apply["Resource"] == guardrail
    assert all(
        statement["Condition"]["StringEquals"]["bedrock:GuardrailIdentifier"] == f"{guardrail}:1"
        for statement in invocations
    )
