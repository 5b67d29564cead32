"""A program that writes its IAM resources by hand: good ones, and for each rule one that is bad in one way.

A bad resource is called after the rule that finds it. `test_by_hand.py` has the engine preview it.
"""

import json
from typing import Any

import pulumi_aws as aws

from port_byollm import LlmDefaults, LlmProvider
from port_byollm.catalogue import GATEWAY_PRINCIPALS, find_model
from port_byollm.iam.invoke_policy import Guardrail, pinned

ACCOUNT = "333344445555"
GUARDRAIL = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:guardrail/gr7ac3dm1n0x"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/port-byollm-boundary"
EXTERNAL_ID = "Z5ebYTtk7wXF-P0ABsZeH5D_wU5E3myiirJIn2DELuw"
GUESSED = "acme-production-2026"
SONNET, HAIKU, OLD = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001", "claude-sonnet-4-20250514"
UNDER_GUARDRAIL = {"StringEquals": {"bedrock:GuardrailIdentifier": f"{GUARDRAIL}:1"}}


def invoke(*models: str, guardrail: bool = True, geography: str = "eu", region: str = "eu-west-1") -> Any:
    """The statements of our components' document."""
    demanded = Guardrail(GUARDRAIL, "1") if guardrail else None
    [document] = pinned(models or [SONNET, HAIKU], geography, region, ACCOUNT, demanded)
    return document.to_dict()["Statement"]


def allow(action: str, resource: object, **elements: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def model(name: str, region: str = "eu-west-1") -> str:
    found = find_model(name)
    return f"arn:aws:bedrock:{region}::foundation-model/{found.bedrock_id if found else name}"


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def trust(*principals: str, external_id: str | None = EXTERNAL_ID) -> str:
    statement: dict[str, object] = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    statement["Principal"] = {"AWS": principals or [GATEWAY_PRINCIPALS["eu"]]}
    if external_id:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    return document(statement)


def role(
    name: str,
    trusting: str | None = None,
    boundary: str | None = BOUNDARY,
    max_session_duration: int = 3600,
) -> aws.iam.Role:
    return aws.iam.Role(
        name,
        name=name,
        assume_role_policy=trusting or trust(),
        permissions_boundary=boundary,
        max_session_duration=max_session_duration,
    )


def register(name: str, validate_connection: bool = True, **config: str) -> None:
    told = {
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/gateway",
        "externalIdSecretName": "BEDROCK_ROLE_EXTERNAL_ID",
        "region": "eu-west-1",
        "guardrailIdentifier": GUARDRAIL,
        "guardrailVersion": "1",
    }
    LlmProvider(
        name,
        provider="bedrock",
        config=told | config,
        models={SONNET: True, HAIKU: True, OLD: False},
        validate_connection=validate_connection,
    )


gateway = role("good")
policy = aws.iam.Policy("good", policy=document(*invoke()))
aws.iam.RolePolicyAttachment("good", role=gateway.name, policy_arn=policy.arn)
aws.iam.RolePolicy("good", role=role("good-inline").name, policy=document(*invoke()))
aws.iam.RolePolicy("other", role="someone", policy=document(allow("s3:GetObject", "*")))
aws.iam.User("good")
register("good")
LlmDefaults("good", provider="bedrock", model=SONNET)
# What another resource is made of can be known after it only.
aws.iam.Policy("unknown", policy=gateway.arn.apply(lambda arn: document(allow("sts:AssumeRole", arn))))
aws.iam.Policy(
    "undecidable", policy=document(allow("bedrock:InvokeModel", "*", Condition={"StringEqual": {}}))
)

register("connection-validated", validate_connection=False)
LlmDefaults("default-provider-own", provider="bedrock", model=SONNET, on_removal="system-default")
profile, *models = invoke(SONNET)
aws.iam.Policy("destinations-complete", policy=document(profile, *models[1:]))
too_much = allow("bedrock:ApplyGuardrail", [GUARDRAIL] * 80)
aws.iam.Policy("document-valid", policy=document(*invoke(), too_much))
role("gateway-within-residency", trust(*GATEWAY_PRINCIPALS.values()))
aws.iam.RolePolicy("guardrail-enforced", role="someone", policy=document(*invoke(guardrail=False)))
*invocations, _ = invoke()
aws.iam.Policy(
    "guardrail-permission-on-guardrail",
    policy=document(*invocations, allow("bedrock:ApplyGuardrail", model(SONNET))),
)
opus = allow("bedrock:InvokeModel", model("claude-opus-4-5-20251101"), Condition=UNDER_GUARDRAIL)
aws.iam.Policy("models-allowed", policy=document(*invoke(), opus))
any_sonnet = allow("bedrock:InvokeModel", f"{model(SONNET)}*", Condition=UNDER_GUARDRAIL)
aws.iam.RolePolicy("models-named", role="someone", policy=document(*invoke(), any_sonnet))
aws.iam.Policy("models-not-legacy", policy=document(*invoke(OLD)))
aws.iam.Policy("models-not-past-end-of-life", policy=document(*invoke(OLD)))
elsewhere = allow("bedrock:invokeMODEL", model(SONNET, "us-east-1"), Condition=UNDER_GUARDRAIL)
aws.iam.RolePolicy("models-within-residency", role="someone", policy=document(*invoke(), elsewhere))
aws.iam.AccessKey("no-access-keys", user="port")
administrator = role("nothing-else-attached")
aws.iam.RolePolicyAttachment(
    "administrators",
    role=administrator.name,
    policy_arn="arn:aws:iam::aws:policy/AdministratorAccess",
)
pass_role = allow("iam:PassRole", "*")
aws.iam.RolePolicy("only-inference-actions", role="someone", policy=document(*invoke(), pass_role))
role("permissions-boundary-required", boundary=None)
register("port-within-residency", region="us-east-1")
role("session-duration-limited", max_session_duration=43200)
role("trust-only-gateway", trust(GATEWAY_PRINCIPALS["eu"], "arn:aws:iam::444455556666:root"))
role("trust-requires-external-id", trust(external_id=GUESSED))
