"""An organization that was set up by hand, with the calls of Port's setup page."""

import json
from typing import Any

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
    """Steps 1.1 and 1.2 as they stand, for `resources`; the role's ARN."""
    invoke = {
        "Sid": "AllowBedrockInference",
        "Effect": "Allow",
        "Action": ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
        "Resource": resources,
    }
    return make_role(local, document(invoke), GATEWAY)


def make_role(local: Local, policy_document: str, gateway: list[str]) -> str:
    iam = local.iam()
    trust = {
        "Sid": "Statement1",
        "Effect": "Allow",
        "Principal": {"AWS": gateway},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}},
    }
    policy = iam.create_policy(PolicyName="PortBedrock", PolicyDocument=policy_document)["Policy"]
    role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=document(trust))["Role"]
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=policy["Arn"])
    return str(role["Arn"])


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)


def set_up_port(local: Local, role_arn: str, region: str | None = "eu-west-1", **more: Any) -> None:
    """Steps 2 to 4; `more` of the registration of Bedrock."""
    bedrock = {"roleArn": role_arn, "externalIdSecretName": "BEDROCK_ROLE_EXTERNAL_ID"}
    bedrock |= {"region": region} if region else {}
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
    """What `port-byollm adopt` prints; its import file is `adopt.json`."""
    arguments = ("--stack", "local", "--config-file", str(local.config_file))
    file = local.directory / "adopt.json"
    return local.command("adopt", *arguments, "--file", str(file), *options).stdout
