"""A change of who may do what, as a preview and the comment on a pull request show it."""

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest
import yaml
from tests.cli.verify.page import blocks, shows

from port_byollm.catalogue import GATEWAY_PRINCIPALS

from .canaries import Canaries
from .conftest import PROJECT, Local

EU, US = GATEWAY_PRINCIPALS["eu"], GATEWAY_PRINCIPALS["us"]
SONNET, HAIKU = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"
SONNET_ID, HAIKU_ID = f"anthropic.{SONNET}-v1:0", f"anthropic.{HAIKU}-v1:0"
FAILS = 1
PACK, PAGE = PROJECT / "policies", (PROJECT / "docs/reviewing.md").read_text()

# A platform team's own, with a policy that takes something back.
PROGRAM = """
import json
import pulumi
import pulumi_aws as aws
from port_byollm import BedrockConnection

deny = {"Effect": "Deny", "Resource": "*", **DENIED}
document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
edge = aws.iam.Policy("edge", name="edge", policy=document)
bedrock = BedrockConnection(
    "bedrock",
    {
        "geography": "eu",
        "models": MODELS,
        "port_region": PORT_REGION,
        "additional_policy_arns": [edge.arn],
        "validate_connection": False,
    },
)
pulumi.export("access", bedrock.access)
"""
NOT_EU_NORTH = {
    "Action": "bedrock:InvokeModel*",
    "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-north-1"}},
}


def write(local: Local, models: Sequence[str], port_region: str, denied: object) -> None:
    given = {"DENIED": denied, "MODELS": [*models], "PORT_REGION": port_region}
    lines = [f"{name} = {value!r}" for name, value in given.items()]
    local.project.joinpath("__main__.py").write_text("\n".join(lines) + PROGRAM)


@pytest.fixture
def own(local: Local) -> Local:
    """A stack of a program of one's own, which admits the gateway in the EU and permits one model."""
    project = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())
    project |= {"main": ".", "stackConfigDir": "."}
    project["runtime"]["options"]["virtualenv"] = sys.prefix
    project["plugins"]["providers"][0]["path"] = str(PROJECT / "components/port_byollm/plugin")
    local.directory.joinpath("Pulumi.yaml").write_text(yaml.safe_dump(project))
    found = replace(local, project=local.directory)
    write(found, [SONNET], "eu", {"Action": "bedrock:Delete*"})
    found.up()
    return found


def review(local: Local, *arguments: str) -> subprocess.CompletedProcess[str]:
    options = ("--stack", "local", "--config-file", str(local.config_file))
    return local.command("review", *options, "--policy-pack", str(PACK), *arguments, check=False)


def changed(done: subprocess.CompletedProcess[str]) -> list[str]:
    about_access = re.split("^(?:- )?The proof |^No Bedrock", done.stdout, flags=re.MULTILINE)[0]
    return [line.strip() for line in about_access.splitlines() if re.match(r" *[-+!] ", line)]


def outputs(preview: str) -> list[str]:
    """What a plain preview says about outputs, without the white space that makes columns."""
    lines = preview.partition("Outputs:")[2].splitlines()
    return [re.sub(r"\s*: +", ": ", line.strip()) for line in lines]


def test_a_swapped_principal_a_model_added_and_a_region_lost(own: Local) -> None:
    write(own, [SONNET, HAIKU], "us", NOT_EU_NORTH)

    preview, comment = own.pulumi("preview").stdout, review(own, "--markdown")

    assert changed(comment) == [
        f"+ principal {US}",
        f"- principal {EU}",
        f"+ model {HAIKU_ID} in eu-central-1, eu-south-1, eu-south-2, eu-west-1, eu-west-3",
        f"+ profile eu.{HAIKU_ID} in eu-west-1",
        f"- model {SONNET_ID} in eu-north-1",
    ]
    assert f'+ {US}: "yes"' in outputs(preview)
    assert f'- {EU}: "yes"' in outputs(preview)
    assert any(line.startswith(f"+ {HAIKU_ID}: ") for line in outputs(preview))
    # Port could not call the models in every region of their profiles.
    assert comment.returncode == FAILS
    assert "- The proof FAILS" in comment.stdout
    assert Canaries(own).leaks(preview + comment.stdout + comment.stderr) == []


def test_regions_lost_and_another_external_id(local: Local) -> None:
    local.configure(bedrock={"scope": "documented", "models": [SONNET]})
    local.up()

    local.configure(bedrock={"models": [SONNET], "externalId": {"rotation": "2"}}, dataResidency="eu")
    preview, done = local.pulumi("preview").stdout, review(local)

    assert done.returncode == 0, done.stdout + done.stderr
    lines = changed(done)
    assert f"- principal {US}" in lines
    assert any(line.startswith(f"- model {SONNET_ID} in af-south-1, ") for line in lines)
    assert any(line.startswith(f"- model {SONNET_ID} without a profile in ") for line in lines)
    assert "! external ID changed: 1 accepted now, 1 accepted as before" in lines
    assert f'- {US}: "yes"' in outputs(preview)
    shown = next(line for line in outputs(preview) if line.startswith(f"~ {SONNET_ID}: "))
    assert shown.endswith('=> "eu-central-1, eu-north-1, eu-south-1, eu-south-2, eu-west-1, eu-west-3"')
    assert Canaries(local).leaks(preview + done.stdout + done.stderr) == []


def test_from_a_stack_that_is_not_there_yet_to_one_without_bedrock(local: Local) -> None:
    strict = local.directory / "rules.json"
    strict.write_text('{"all": "mandatory"}')
    first = review(local, "--policy-pack-config", str(strict))
    assert first.returncode == FAILS
    assert "BROKEN are guardrail-enforced" in first.stdout
    assert {f"+ principal {EU}", f"+ principal {US}"} <= {*changed(first)}

    local.up()
    assert changed(review(local)) == []

    local.configure(bedrock={"models": [SONNET]}, dataResidency="eu")
    shown, example = blocks("text", PAGE)
    said = re.sub(r"all [0-9]+ claims", "all 570 claims", review(local).stdout)
    assert shows(example, said)
    expected = [re.sub(r"\s*: +", ": ", line.strip()) for line in shown.splitlines()[3:-2]]
    found = outputs(local.pulumi("preview").stdout)
    assert any(found[start : start + len(expected)] == expected for start in range(len(found)))

    local.configure(bedrock=None, defaults=None, dataResidency=None)
    last = review(local)
    assert f"- principal {EU}" in changed(last)
    assert "nothing to prove" in last.stdout

    local.configure(nonsense=1)
    failed = review(local)
    assert failed.returncode == FAILS
    assert "the stack local cannot be previewed: byollm:nonsense: unknown" in failed.stderr
