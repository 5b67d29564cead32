"""Rules without an engine, and resources as the engine hands them over."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

import pytest
from pulumi_policy import (
    Policy,
    PolicyCustomTimeouts,
    PolicyProviderResource,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.policy import _NotApplicableError  # has no public name
from pulumi_policy.proxy import unknown_checking_proxy

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam.invoke_policy import Guardrail, pinned
from port_byollm.iam.trust_policy import gateway_trust
from port_byollm_policies import policies
from port_byollm_policies.rule import inputs

ACCOUNT = "111122223333"
GUARDRAIL = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:guardrail/gr7ac3dm1n0x"
MODELS = ("claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001")
EXTERNAL_ID = "Z5ebYTtk7wXF-P0ABsZeH5D_wU5E3myiirJIn2DELuw"

Json = dict[str, Any]


class Judge(Protocol):
    """What the rule that the test's file is named after says about a resource."""

    def __call__(
        self, kind: str, props: Json, settings: Json = ..., *, urn: str = ..., provider: Json = ...
    ) -> list[str]: ...


class JudgeStack(Protocol):
    """What the rule says about a stack; each sentence with the name of the resource."""

    def __call__(self, *resources: PolicyResource, settings: Json = ...) -> list[tuple[str, str]]: ...


def make_args(
    kind: str,
    props: Mapping[str, Any],
    *,
    urn: str = "",
    provider: Json | None = None,
    settings: Json | None = None,
) -> ResourceValidationArgs:
    """What a rule is called with: values that are read through the SDK's proxies, numbers that are floats."""
    name = kind.rpartition(":")[2].lower()
    return ResourceValidationArgs(
        kind,
        unknown_checking_proxy(_on_the_wire(props)),
        urn or f"urn:pulumi:prod::program::{kind}::{name}",
        name,
        _OPTIONS,
        PolicyProviderResource("pulumi:providers:p", unknown_checking_proxy(provider or {}), "", "p"),
        _on_the_wire(settings or {}),
    )


def make_resource(
    kind: str,
    name: str,
    props: Mapping[str, Any],
    *,
    made_of: Mapping[str, Sequence[PolicyResource]] | None = None,
    urn: str = "",
) -> PolicyResource:
    """A resource of a stack; `made_of`: property -> resources whose outputs it was made of."""
    return PolicyResource(
        kind,
        unknown_checking_proxy(_on_the_wire(props)),
        urn or f"urn:pulumi:prod::program::{kind}::{name}",
        name,
        _OPTIONS,
        None,
        None,
        [],
        {key: list(value) for key, value in (made_of or {}).items()},
    )


_OPTIONS = PolicyResourceOptions(False, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])


def _on_the_wire(props: Mapping[str, Any]) -> Any:
    return json.loads(json.dumps(props), parse_int=float)


def named(name: str) -> Any:
    return next(policy for policy in policies() if policy.name == name)


def _problems(policy: Policy, message: str) -> list[str]:
    """The lines of a message, of which the last two are the way out."""
    *problems, remediation, link = message.splitlines()
    assert remediation == f"Remediation: {policy.remediation_steps}"
    assert link == f"See {policy.url}"
    return problems


def rule_of(request: pytest.FixtureRequest) -> Any:
    """The rule that the test's file is named after."""
    return named(request.path.stem.removeprefix("test_").replace("_", "-"))


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """What a pack, in a process of its own, has seen of a stack."""
    yield
    inputs.clear()


@pytest.fixture
def judge(request: pytest.FixtureRequest) -> Judge:
    policy = rule_of(request)
    assert isinstance(policy, ResourceValidationPolicy)

    def judge(
        kind: str,
        props: Json,
        settings: Json | None = None,
        *,
        urn: str = "",
        provider: Json | None = None,
    ) -> list[str]:
        found: list[str] = []
        args = make_args(kind, props, urn=urn, provider=provider, settings=settings)

        def report(message: str, urn: str | None = None) -> None:
            found.append(message)

        with suppress(_NotApplicableError):
            policy.validate(args, report)
        return [problem for message in found for problem in _problems(policy, message)]

    return judge


@pytest.fixture
def judge_stack(request: pytest.FixtureRequest) -> JudgeStack:
    policy = rule_of(request)
    assert isinstance(policy, StackValidationPolicy)

    def judge_stack(*resources: PolicyResource, settings: Json | None = None) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []

        def report(message: str, urn: str | None = None) -> None:
            name = (urn or "").rpartition("::")[2]
            found.extend((name, problem) for problem in _problems(policy, message))

        policy.validate(StackValidationArgs([*resources], _on_the_wire(settings or {})), report)
        return found

    return judge_stack


def invoke_policy(*models: str, geography: str = "eu", guardrail: bool = True) -> Json:
    """Our components' document, as an object."""
    demanded = Guardrail(GUARDRAIL, "1") if guardrail else None
    [document] = pinned(models or MODELS, geography, "eu-west-1", ACCOUNT, demanded)
    return document.to_dict()


def trust_policy(*external_ids: str, principals: Sequence[str] = ()) -> Json:
    """Our components' trust policy, as an object."""
    principals = principals or [*GATEWAY_PRINCIPALS.values()]
    return gateway_trust(principals, external_ids or [EXTERNAL_ID]).to_dict()


def allowing(action: str | list[str], resource: str | list[str], **condition: Any) -> Json:
    """A document of one statement."""
    statement: Json = {"Effect": "Allow", "Action": action, "Resource": resource}
    if condition:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}


def managed(document: Json) -> Json:
    """Properties of `aws.iam.Policy`."""
    return {"name": "invoke", "policy": json.dumps(document)}


def role(trust: Json | None = None, **props: Any) -> Json:
    """Properties of `aws.iam.Role`, the gateway's unless `trust` says otherwise."""
    return {"name": "gateway", "assumeRolePolicy": json.dumps(trust or trust_policy()), **props}


def registration(**props: Any) -> Json:
    """Properties of a registration of Bedrock."""
    config = {
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/gateway",
        "externalIdSecretName": "BEDROCK_ROLE_EXTERNAL_ID",
        "region": "eu-west-1",
        "guardrailIdentifier": GUARDRAIL,
        "guardrailVersion": "1",
    }
    models = dict.fromkeys(MODELS, True) | {"claude-sonnet-4-20250514": False}
    return {
        "provider": "bedrock",
        "config": config,
        "enabled": True,
        "models": models,
        "validateConnection": True,
        "validationTimeout": 60,
    } | props
