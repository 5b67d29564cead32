"""Every provider with a component of its own, the key from each place that it can come from."""

import base64
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import PROJECT, USE_CASE, Local

AZURE = {"resourceName": "acme", "deploymentId": "gpt-5"}


def _set_secret(local: Local, path: str, value: str) -> None:
    arguments = ("config", "set", "--stack", "local", "--config-file", str(local.config_file))
    local.command("pulumi", *arguments, "--secret", "--path", path, value)


def _in_port(local: Local) -> tuple[set[str], set[str]]:
    """Names of the providers and of the secrets."""
    with local.port() as port:
        providers = port.get("/v1/llm-providers").json()["result"]
        secrets = port.get("/v1/organization/secrets").json()["secrets"]
    return {one["provider"] for one in providers}, {one["secretName"] for one in secrets}


def test_all_providers_at_once_and_destroy_leaves_nothing(local: Local) -> None:
    upstreams = local.sandbox()["upstreams"]
    local.aws("secretsmanager").create_secret(
        Name="port/azure-openai", SecretString=upstreams["azure-openai"]["apiKey"]
    )
    local.configure(
        bedrock={"modelAccess": {"useCase": USE_CASE, "marketplace": True}},
        openai={"apiKeyEnv": "OPENAI_API_KEY"},
        anthropic={"apiKeySecretName": "claude", "disabledModels": ["claude-sonnet-4-20250514"]},
        **{"azure-openai": {"apiKeyAwsSecret": {"id": "port/azure-openai"}, **AZURE}},
    )
    _set_secret(local, "byollm:anthropic.apiKey", upstreams["anthropic"]["apiKey"])

    said = local.up()

    effective = {name: one["effectiveModels"] for name, one in local.outputs()["providers"].items()}
    claude = ["claude-haiku-4-5-20251001", "claude-sonnet-4-5-20250929"]
    assert effective == {
        "bedrock": claude,
        "openai": ["gpt-5"],
        "anthropic": claude,
        "azure-openai": ["gpt-5"],
    }
    providers, secrets = _in_port(local)
    assert providers == effective.keys()
    assert secrets == {"BEDROCK_ROLE_EXTERNAL_ID", "openai-api-key", "claude", "azure-openai-api-key"}
    attached = local.iam().list_attached_role_policies(RoleName="port-byollm-local")["AttachedPolicies"]
    assert {policy["PolicyName"] for policy in attached} == {
        "port-byollm-local-invoke",
        "port-byollm-local-marketplace",
    }
    form = local.aws("bedrock").get_use_case_for_model_access()["formData"]
    assert json.loads(base64.b64decode(form)) == {**USE_CASE, "otherIndustryOption": ""}
    state = local.command("pulumi", "stack", "export", "--stack", "local").stdout
    for name, upstream in upstreams.items():
        assert upstream["apiKey"] not in state + said.stdout + said.stderr, name

    again = local.up()
    assert not any(word in again.stdout for word in ("created", "updated", "replaced", "deleted"))

    local.pulumi("destroy", "--yes", "--skip-preview")
    assert _in_port(local) == (set(), set())
    assert local.iam().list_roles()["Roles"] == []
    assert local.iam().list_policies(Scope="Local")["Policies"] == []
    availability = local.aws("bedrock").get_foundation_model_availability(
        modelId="anthropic.claude-haiku-4-5-20251001-v1:0"
    )
    assert availability["agreementAvailability"]["status"] == "NOT_AVAILABLE"


def test_another_key_is_stored_and_tested(local: Local) -> None:
    local.configure(bedrock=None, defaults=None, openai={"validationTimeout": 1})
    _set_secret(local, "byollm:openai.apiKey", local.sandbox()["upstreams"]["openai"]["apiKey"])
    local.up()
    _set_secret(local, "byollm:openai.apiKey", "sk-wrong")

    failed = local.up(check=False)

    assert failed.returncode != 0
    message = failed.stdout + failed.stderr
    assert "openai-api-key" in message
    assert "gpt-5" in message
    assert "sk-wrong" not in message


def test_a_key_that_is_in_port_already_stays_there(local: Local) -> None:
    key = local.sandbox()["upstreams"]["openai"]["apiKey"]
    with local.port() as port:
        body = {"secretName": "shared", "secretValue": key}
        port.post("/v1/organization/secrets", json=body).raise_for_status()
    local.configure(bedrock=None, defaults=None, openai={"apiKeySecretName": "shared"})

    local.up()

    assert _in_port(local) == ({"openai"}, {"shared"})
    local.pulumi("destroy", "--yes", "--skip-preview")
    assert _in_port(local) == (set(), {"shared"})


PROGRAM = """
import os
import pulumi
from port_byollm import Auth, BedrockConnection
from port_byollm.resources import Provider

second = Provider(
    "second",
    client_id=os.environ["SECOND_CLIENT_ID"],
    client_secret=os.environ["SECOND_CLIENT_SECRET"],
    base_url=os.environ["PORT_BASE_URL"],
)
bedrock = {"geography": "eu", "region": "eu-west-1", "models": ["claude-haiku-4-5-20251001"]}
BedrockConnection("first", {**bedrock, "role_name": "first"})
BedrockConnection(
    "second",
    {**bedrock, "auth": Auth.ACCESS_KEYS, "user_name": "second", "policy_name": "second-invoke"},
    pulumi.ResourceOptions(providers=[second]),
)
"""


def test_one_program_connects_two_organizations_by_role_and_by_keys(
    local: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = local.port_sandbox.organization("second")["admin"]
    monkeypatch.setenv("SECOND_CLIENT_ID", second.client_id)
    monkeypatch.setenv("SECOND_CLIENT_SECRET", second.client_secret)
    project = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text()) | {"main": ".", "stackConfigDir": "."}
    project["runtime"]["options"]["virtualenv"] = sys.prefix
    project["plugins"]["providers"][0]["path"] = str(PROJECT / "components/port_byollm/plugin")
    tmp_path.joinpath("Pulumi.yaml").write_text(yaml.safe_dump(project))
    tmp_path.joinpath("__main__.py").write_text(PROGRAM)

    local.up("--cwd", str(tmp_path))

    with local.port() as port:
        assert "roleArn" in port.get("/v1/llm-providers/bedrock").json()["result"]["config"]
    theirs = local.port_sandbox.client(second).get("/v1/llm-providers/bedrock")
    assert theirs.json()["result"]["config"] == {
        "accessKeyIdSecretName": "aws-bedrock-access-key-id",
        "secretAccessKeySecretName": "aws-bedrock-secret-access-key",
        "region": "eu-west-1",
    }
    [user] = local.iam().list_users()["Users"]
    assert user["UserName"] == "second"
    local.pulumi("destroy", "--yes", "--skip-preview", "--cwd", str(tmp_path))
    assert local.iam().list_users()["Users"] == local.iam().list_roles()["Roles"] == []


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        (
            {"openai": {"apiKey": "sk-in-plain-text"}},
            ["byollm:openai.apiKey", "plain text", "pulumi config set --secret"],
        ),
        ({"openai": {"apiKeyEnv": "NOT_SET_ANYWHERE"}}, ["byollm:openai", "NOT_SET_ANYWHERE"]),
        (
            {"openai": {"apiKeyEnv": "HOME", "apiKeyAwsSecret": {"id": "x"}}},
            ["byollm:openai", "apiKeyAwsSecret and apiKeyEnv"],
        ),
        ({"azure-openai": {"resourceName": "acme"}}, ["byollm:azure-openai.deploymentId", "missing"]),
        ({"anthropic": {"disabledModels": ["gpt-5"]}}, ["byollm:anthropic", "gpt-5", "claude-haiku"]),
        ({"anthropic": {"apiKeySecretName": "not a name"}}, ["apiKeySecretName", "not a secret's name"]),
        (
            {"bedrock": {"auth": "access-keys", "accessKeys": {"rotation": "in May"}}},
            ["byollm:bedrock", "accessKeys.rotation", "in May"],
        ),
        (
            {"bedrock": {"modelAccess": {"useCase": {"companyName": "Acme"}}}},
            ["byollm:bedrock.modelAccess.useCase.companyWebsite", "missing"],
        ),
    ],
    ids=lambda value: None if isinstance(value, list) else str(value),
)
def test_preview_refuses(local: Local, sections: dict[str, Any], says: list[str]) -> None:
    local.configure(**sections)

    refused = local.pulumi("preview", check=False)

    assert refused.returncode != 0
    message = refused.stdout + refused.stderr
    assert [word for word in says if word not in message] == []
    assert "Traceback" not in message
    assert "sk-in-plain-text" not in message
    assert local.requests() == []
