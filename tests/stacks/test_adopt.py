"""An organisation that was set up by hand, as Port's setup page has it, and is then taken into the stack."""

import json
from typing import Any

import pytest

from .conftest import Local

SONNET, HAIKU, OLD_SONNET = (
    "claude-sonnet-4-5-20250929",
    "claude-haiku-4-5-20251001",
    "claude-sonnet-4-20250514",
)
EXTERNAL_ID = "adopted-canary-external-id"
API_KEY = "adopted-canary-api-key"
ROLE = "assume-role-test-for-bedrock"
GATEWAY = [
    "arn:aws:iam::185657066287:role/port-ai-bring-your-own-llm-eu-west-1",
    "arn:aws:iam::185657066287:role/port-ai-bring-your-own-llm-us-east-1",
]
SPECIFIC = [
    resource
    for model in ("anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic.claude-haiku-4-5-20251001-v1:0")
    for resource in (
        f"arn:aws:bedrock:*:*:inference-profile/eu.{model}",
        f"arn:aws:bedrock:*::foundation-model/{model}",
    )
]
ALL = ["arn:aws:bedrock:*:*:inference-profile/*", "arn:aws:bedrock:*::foundation-model/*"]


def set_up_aws(local: Local, resources: list[str]) -> str:
    """Steps 1.1 and 1.2 of the setup page; the role's ARN."""
    iam = local.iam()
    invoke = {
        "Sid": "AllowBedrockInference",
        "Effect": "Allow",
        "Action": ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
        "Resource": resources,
    }
    trust = {
        "Sid": "Statement1",
        "Effect": "Allow",
        "Principal": {"AWS": GATEWAY},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}},
    }
    policy = iam.create_policy(PolicyName="PortBedrock", PolicyDocument=_document(invoke))["Policy"]
    role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=_document(trust))["Role"]
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=policy["Arn"])
    return str(role["Arn"])


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)


def set_up_port(local: Local, bedrock: dict[str, Any], **more: Any) -> None:
    """Steps 2 to 4."""
    with local.port() as port:
        for name, value in {"BEDROCK_ROLE_EXTERNAL_ID": EXTERNAL_ID, "openai-api-key": API_KEY}.items():
            secret = {"secretName": name, "secretValue": value}
            port.post("/v1/organization/secrets", json=secret).raise_for_status()
        port.put(
            "/v1/llm-providers/bedrock?validate_connection=true",
            json={"config": bedrock, "enabled": True, **more},
        ).raise_for_status()
        port.put(
            "/v1/llm-providers/openai",
            json={"config": {"apiKeySecretName": "openai-api-key"}, "enabled": True},
        ).raise_for_status()
        port.put(
            "/v1/llm-providers/defaults", json={"provider": "bedrock", "model": HAIKU}
        ).raise_for_status()


def overrides(*enabled: str) -> dict[str, Any]:
    models = ("gpt-5", OLD_SONNET, HAIKU, SONNET)
    return {"models": {name: {"enabled": name in enabled} for name in models}}


def adopt(local: Local, *options: str) -> str:
    arguments = ("--stack", "local", "--config-file", str(local.config_file))
    file = local.directory / "adopt.json"
    return local.command("adopt", *arguments, "--file", str(file), *options).stdout


def what_port_has(local: Local) -> dict[str, Any]:
    paths = ("llm-providers", "llm-providers/defaults", "organization/secrets")
    with local.port() as port:
        return {path: port.get(f"/v1/{path}").raise_for_status().json() for path in paths}


@pytest.mark.parametrize("region", [{}, {"region": "eu-west-1"}], ids=["without-region", "with-region"])
@pytest.mark.parametrize(
    ("resources", "registered"),
    [(ALL, {}), (SPECIFIC, {"overrides": overrides(SONNET, HAIKU)})],
    ids=["all-models", "specific-models"],
)
def test_what_was_set_up_by_hand_is_adopted_unchanged_and_then_removed(
    local: Local, region: dict[str, str], resources: list[str], registered: dict[str, Any]
) -> None:
    arn = set_up_aws(local, resources)
    set_up_port(
        local, {"roleArn": arn, "externalIdSecretName": "BEDROCK_ROLE_EXTERNAL_ID", **region}, **registered
    )
    before = what_port_has(local)

    said = adopt(local, "--yes")

    again = local.up("--expect-no-changes")
    assert "unchanged" in again.stdout
    assert what_port_has(local) == before
    assert "nothing to adopt" in adopt(local)
    # The import's own history has the trust policy as AWS shows it; the program's state has it encrypted.
    state = local.command("pulumi", "stack", "export", "--stack", "local").stdout
    written = (local.directory / "adopt.json").read_text() + local.config_file.read_text()
    for text in (said, again.stdout, again.stderr, state, written):
        assert EXTERNAL_ID not in text
        assert API_KEY not in text

    local.pulumi("destroy", "--yes", "--skip-preview")

    after = what_port_has(local)
    assert after["llm-providers"]["result"] == []
    assert after["llm-providers/defaults"]["result"]["provider"] == "port"
    # A key that the configuration does not hold is somebody else's.
    assert [each["secretName"] for each in after["organization/secrets"]["secrets"]] == ["openai-api-key"]
    assert local.iam().list_roles()["Roles"] == []
    assert local.iam().list_policies(Scope="Local")["Policies"] == []


def test_what_cannot_be_adopted_is_left_out_with_the_reason_and_the_rest_is_ready_to_import(
    local: Local,
) -> None:
    arn = set_up_aws(local, SPECIFIC)
    local.iam().put_role_policy(
        RoleName=ROLE,
        PolicyName="mine",
        PolicyDocument=_document({"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}),
    )
    set_up_port(
        local,
        {"roleArn": arn, "externalIdSecretName": "BEDROCK_ROLE_EXTERNAL_ID"},
        overrides=overrides(SONNET, HAIKU),
    )
    local.configure(bedrock=None)
    before = what_port_has(local)

    said = adopt(local)

    assert f"Left out bedrock: the role {ROLE} has inline policies (mine)" in said
    [command, then] = [line.split() for line in said.splitlines() if line.startswith("  port-byollm ")]
    assert then[:3] == ["port-byollm", "pulumi", "up"]
    local.command(*command[1:], "--yes", "--skip-preview")
    assert "unchanged" in local.up("--expect-no-changes").stdout
    assert what_port_has(local) == before


def test_a_key_that_is_given_later_is_written_once_adoption_is_allowed(local: Local) -> None:
    with local.port() as port:
        secret = {"secretName": "openai-api-key", "secretValue": API_KEY}
        port.post("/v1/organization/secrets", json=secret).raise_for_status()
        openai = {"config": {"apiKeySecretName": "openai-api-key"}, "enabled": True}
        port.put("/v1/llm-providers/openai", json=openai).raise_for_status()
    local.configure(bedrock=None, defaults=None)
    adopt(local, "--yes")
    local.up("--expect-no-changes")
    [before] = what_port_has(local)["organization/secrets"]["secrets"]

    local.command(
        *("pulumi", "config", "set", "--secret", "--path", "byollm:openai.apiKey", "sk-new"),
        *("--stack", "local", "--config-file", str(local.config_file)),
    )
    refused = local.up(check=False)
    assert "openai-api-key is in Port already" in refused.stdout + refused.stderr
    local.command(
        *("pulumi", "config", "set", "--path", "byollm:openai.adopt", "true"),
        *("--stack", "local", "--config-file", str(local.config_file)),
    )
    local.command(
        *("pulumi", "config", "set", "--path", "byollm:openai.validateConnection", "false"),
        *("--stack", "local", "--config-file", str(local.config_file)),
    )
    local.up()

    [after] = what_port_has(local)["organization/secrets"]["secrets"]
    assert after["updatedAt"] > before["updatedAt"]
