"""What the gateway must not be able to do once it has the role's (or the user's) permissions."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from port_byollm.catalogue import GEOGRAPHIES, all_models, profile_id, source_regions
from port_byollm.iam import arns
from port_byollm.iam.evaluator import Request, actions
from port_byollm.proof.claim import Claim, Group
from port_byollm.proof.connection import Connection
from port_byollm.proof.requests import APPLY_GUARDRAIL, INVOKE_ACTIONS, AppliedGuardrail
from port_byollm.proof.subject import Unknown
from port_byollm.proof.witness import (
    ANOTHER,
    favourable,
    instance,
    listed,
    resource_instance,
    statements,
    with_context,
)

_SERVICES = ("bedrock", "bedrock-agentcore", "bedrock-mantle")
# Whatever AWS will call InvokeModel… is inference too.
_INFERENCE = "bedrock:invokemodel"
# What someone wants who has taken over credentials, with a resource of the kind that the action is about.
_SENSITIVE = {
    "aws-marketplace:Subscribe": "*",
    "cloudtrail:StopLogging": "arn:aws:cloudtrail:{region}:{account}:trail/another",
    "dynamodb:GetItem": "arn:aws:dynamodb:{region}:{account}:table/another",
    "ec2:RunInstances": "arn:aws:ec2:{region}:{account}:instance/another",
    "iam:AttachRolePolicy": "{owner}",
    "iam:CreateAccessKey": "arn:aws:iam::{account}:user/another",
    "iam:CreateUser": "arn:aws:iam::{account}:user/another",
    "iam:PassRole": "{owner}",
    "iam:PutRolePolicy": "{owner}",
    "iam:UpdateAssumeRolePolicy": "{owner}",
    "kms:Decrypt": "arn:aws:kms:{region}:{account}:key/another",
    "lambda:InvokeFunction": "arn:aws:lambda:{region}:{account}:function:another",
    "logs:GetLogEvents": "arn:aws:logs:{region}:{account}:log-group:another:log-stream:another",
    "organizations:LeaveOrganization": "*",
    "s3:GetObject": "arn:aws:s3:::another/another",
    "s3:ListAllMyBuckets": "*",
    "s3:PutObject": "arn:aws:s3:::another/another",
    "secretsmanager:GetSecretValue": "arn:aws:secretsmanager:{region}:{account}:secret:another",
    "ssm:GetParameter": "arn:aws:ssm:{region}:{account}:parameter/another",
    "sts:AssumeRole": "arn:aws:iam::{account}:role/another",
    "sts:GetFederationToken": "arn:aws:sts::{account}:federated-user/another",
}
_OTHER_KINDS = (
    "application-inference-profile",
    "custom-model",
    "custom-model-deployment",
    "imported-model",
    "prompt-router",
    "provisioned-model",
)


def other_models(connection: Connection) -> Iterator[Claim]:
    """Models that are not enabled, through their profile and without; none where any model may be called."""
    subject, calls = connection.subject, connection.calls
    for action in () if subject.all_models else INVOKE_ACTIONS:
        for bedrock_id, name in _other_models(connection).items():
            claim = _claim("a model that is not enabled is called", model=name)
            yield connection.call(claim, calls.of_model(action, bedrock_id, subject.region))
            for profile in (profile_id(subject.geography, bedrock_id), *_profiles(connection)):
                through = calls.of_model(action, bedrock_id, subject.region, profile)
                yield connection.call(replace(claim, profile=profile), through)
        for profile in _other_profiles(connection):
            claim = _claim("a profile that is not enabled is called", profile=profile)
            yield connection.call(claim, calls.of_profile(action, profile))
    for kind in _OTHER_KINDS:
        claim = _claim("another kind of model is called")
        resource = f"arn:aws:bedrock:{subject.region}:{connection.account}:{kind}/{ANOTHER}"
        for action in INVOKE_ACTIONS:
            yield connection.call(claim, calls.request(action, resource))


def other_ways(connection: Connection) -> Iterator[Claim]:
    """The enabled models by another way than the one that was promised."""
    subject, calls = connection.subject, connection.calls
    for route in connection.routes:
        of_model = _claim("", model=route.model.name)
        if not (subject.all_models and subject.scope == "documented"):
            for geography in GEOGRAPHIES:
                if geography != subject.geography and geography in route.model.profiles:
                    profile = profile_id(geography, route.bedrock_id)
                    claim = replace(
                        of_model, what="the profile of another geography is called", profile=profile
                    )
                    for action in INVOKE_ACTIONS:
                        yield connection.call(claim, calls.of_profile(action, profile))
        if subject.scope != "pinned":
            continue
        outside = [
            one for one in source_regions("global") if one not in (*route.destinations, subject.region)
        ]
        for action in INVOKE_ACTIONS:
            direct = replace(of_model, what="the model is called without its profile")
            for region in dict.fromkeys((subject.region, *route.destinations)):
                yield connection.call(direct, calls.of_model(action, route.bedrock_id, region))
            beyond = replace(
                of_model, what="the model is called outside of its destinations", profile=route.profile
            )
            for region in outside:
                yield connection.call(beyond, calls.of_model(action, route.bedrock_id, region, route.profile))
            elsewhere = replace(
                of_model, what="the profile is called from another region", profile=route.profile
            )
            for region in (one for one in source_regions(subject.geography) if one != subject.region):
                resource = arns.inference_profile(region, connection.account, route.profile)
                yield connection.call(elsewhere, calls.request(action, resource, region))


def other_guardrails(connection: Connection) -> Iterator[Claim]:
    """Calls without the guardrail or with another one, where it is demanded; and applying others."""
    subject, calls = connection.subject, connection.calls
    guardrail = calls.guardrail
    if guardrail is None or subject.scope != "pinned" or isinstance(subject.guardrail, Unknown):
        return
    other = AppliedGuardrail(guardrail.arn + "other", "1")
    instead: list[AppliedGuardrail | None] = [None, other]
    if subject.guardrail and subject.guardrail.version is not None:
        instead.append(replace(guardrail, version="99999999" if guardrail.version != "99999999" else "1"))
    for one in instead:
        label = one.identifier if one else "none"
        what = (
            "the model is called with another guardrail"
            if one
            else "the model is called without the guardrail"
        )
        for route in connection.routes:
            claim = _claim(what, model=route.model.name, profile=route.profile, guardrail=label)
            for request in calls.guarded_by(one).through(route.bedrock_id, route.profile, route.destinations):
                yield connection.call(claim, request)
    claim = _claim("another guardrail is applied", guardrail=other.arn)
    for request in calls.guarded_by(other).of_guardrail():
        yield connection.call(claim, request)


def other_actions(connection: Connection) -> Iterator[Claim]:
    """Every action of Bedrock but inference, some of other services, and whatever else the policies name."""
    subject, calls = connection.subject, connection.calls
    everywhere = ["*", arns.foundation_model(subject.region, ANOTHER)]
    for route in connection.routes[:1]:
        everywhere += [
            calls.profile_arn(route.profile),
            arns.foundation_model(subject.region, route.bedrock_id),
        ]
    if calls.guardrail:
        everywhere.append(calls.guardrail.arn)
    asked: dict[str, list[Request]] = {
        action: [calls.request(action, resource) for resource in everywhere]
        for service in _SERVICES
        for action in actions.existing(f"{service}:*")
        if _is_other(action)
    }
    for action, pattern in _SENSITIVE.items():
        resource = pattern.format(region=subject.region, account=connection.account, owner=connection.arn)
        asked[action] = [calls.request(action, resource)]
    for policy in subject.policies:
        for statement in statements(policy.document):
            for action in _named_actions(statement):
                asked.setdefault(action, []).extend(_named_requests(connection, action, statement))
    for requests in asked.values():
        yield connection.permissions(_claim("any other action is taken"), iter(requests))


def _claim(what: str, *, model: str = "", profile: str = "", guardrail: str = "") -> Claim:
    return Claim(Group.IMPOSSIBLE, what, allowed=False, model=model, profile=profile, guardrail=guardrail)


def _is_other(action: str) -> bool:
    return not action.lower().startswith(_INFERENCE) and action != APPLY_GUARDRAIL


def _profiles(connection: Connection) -> list[str]:
    return [route.profile for route in connection.routes]


def _other_models(connection: Connection) -> dict[str, str]:
    """Bedrock id -> name, of the catalogue's other models and of those that the policies name besides."""
    found = {model.bedrock_id: model.name for model in all_models() if model.bedrock_id}
    found |= {name: name for name in _named(connection, "foundation-model") if name not in found}
    enabled = {route.bedrock_id for route in connection.routes}
    return {bedrock_id: name for bedrock_id, name in found.items() if bedrock_id not in enabled}


def _other_profiles(connection: Connection) -> Iterator[str]:
    geography = connection.subject.geography
    found = [profile_id(geography, model.bedrock_id) for model in all_models() if model.bedrock_id]
    for profile in dict.fromkeys((*found, *_named(connection, "inference-profile"))):
        if profile not in _profiles(connection):
            yield profile


def _named(connection: Connection, kind: str) -> Iterator[str]:
    """Names of Bedrock's resources of one kind that the policies allow something for."""
    for policy in connection.subject.policies:
        for statement in statements(policy.document):
            for pattern in listed(statement.get("Resource")):
                _, found, name = str(pattern).partition(f":{kind}/")
                if found:
                    yield instance(name)


def _named_actions(statement: Mapping[str, Any]) -> Iterator[str]:
    """Of a statement; nothing for `*` and what is named by exception: the samples show those."""
    for pattern in listed(statement.get("Action")):
        if isinstance(pattern, str) and ":" in pattern:
            yield from (one for one in actions.existing(pattern) if _is_other(one))


def _named_requests(connection: Connection, action: str, statement: Mapping[str, Any]) -> Iterator[Request]:
    context = favourable(statement)
    for pattern in listed(statement.get("Resource")):
        if isinstance(pattern, str):
            request = connection.calls.request(action, resource_instance(pattern))
            yield with_context(request, context)
