"""What `make up` and `make down` do."""

import json
import re
import subprocess

import httpx

from .conftest import COMMAND, PROJECT, Local

SONNET, HAIKU = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"


def test_up_connects_bedrock_to_port(local: Local) -> None:
    local.up()

    outputs = local.outputs()
    assert outputs["roleArn"] == "arn:aws:iam::111122223333:role/port-byollm-local"
    assert outputs["policyArns"] == ["arn:aws:iam::111122223333:policy/port-byollm-local-invoke"]
    assert outputs["externalIdSecretName"] == "BEDROCK_ROLE_EXTERNAL_ID"
    assert outputs["providers"] == {"bedrock": {"enabled": True, "effectiveModels": [HAIKU, SONNET]}}
    assert (outputs["defaultProvider"], outputs["defaultModel"]) == ("bedrock", SONNET)

    with local.port() as port:
        provider = port.get("/v1/llm-providers/bedrock").json()["result"]
        assert provider["enabled"] is True
        assert {name for name, model in provider["effectiveModels"].items() if model["enabled"]} == {
            SONNET,
            HAIKU,
        }
        defaults = port.get("/v1/llm-providers/defaults").json()["result"]
        assert (defaults["provider"], defaults["model"]) == ("bedrock", SONNET)

    role = local.iam().get_role(RoleName="port-byollm-local")["Role"]
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    assert [arn.rsplit("-", 3)[1:] for arn in statement["Principal"]["AWS"]] == [
        ["eu", "west", "1"],
        ["us", "east", "1"],
    ]
    assert statement["Condition"]["StringEquals"]["sts:ExternalId"]
    attached = local.iam().list_attached_role_policies(RoleName="port-byollm-local")["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == outputs["policyArns"]


def test_port_is_asked_afterwards_by_the_commands_of_its_page(local: Local) -> None:
    local.up()
    page = (PROJECT / "docs/port-emulator.md").read_text()
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", page, re.DOTALL))

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=PROJECT,
        env=local.environment | {"PATH": f"{COMMAND.parent}:{local.environment['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"bedrock lets Port invoke {HAIKU}" in done.stdout


def test_up_again_changes_nothing_and_asks_port_nothing(local: Local) -> None:
    local.up()
    asked = len(local.requests())

    again = local.up()

    assert re.search(r"\d+ unchanged", again.stdout)
    assert not re.search(r"created|updated|replaced|deleted", again.stdout)
    assert len(local.requests()) == asked


def test_preview_asks_port_nothing_and_leaves_aws_alone(local: Local) -> None:
    local.pulumi("preview")

    assert local.requests() == []
    assert local.iam().list_roles()["Roles"] == []


def test_destroy_leaves_nothing_and_puts_the_defaults_back(local: Local) -> None:
    with local.port() as port:
        before = port.get("/v1/llm-providers/defaults").json()["result"]
    local.up()

    local.pulumi("destroy", "--yes", "--skip-preview")

    with local.port() as port:
        after = port.get("/v1/llm-providers/defaults").json()["result"]
        assert (after["provider"], after["model"]) == (before["provider"], before["model"])
        assert port.get("/v1/llm-providers/bedrock").status_code == httpx.codes.NOT_FOUND
        assert json.loads(port.get("/v1/organization/secrets").text)["secrets"] == []
    assert local.iam().list_roles()["Roles"] == []
    assert local.iam().list_policies(Scope="Local")["Policies"] == []


def test_rotation_makes_a_new_secret_and_keeps_the_old_value_trusted(local: Local) -> None:
    local.up()
    [old] = _external_ids(local)
    local.configure(bedrock={"externalId": {"rotation": "2"}})

    local.up()

    assert local.outputs()["externalIdSecretName"] == "BEDROCK_ROLE_EXTERNAL_ID-2"
    new, previous = _external_ids(local)
    assert previous == old != new
    with local.port() as port:
        assert (
            port.get("/v1/organization/secrets/BEDROCK_ROLE_EXTERNAL_ID").status_code == httpx.codes.NOT_FOUND
        )


def _external_ids(local: Local) -> list[str]:
    role = local.iam().get_role(RoleName="port-byollm-local")["Role"]
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    values = statement["Condition"]["StringEquals"]["sts:ExternalId"]
    return [values] if isinstance(values, str) else values
