"""The actions besides inference that the role's (or user's) permissions must not allow."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from port_byollm.iam import arns
from port_byollm.iam.documents import as_list
from port_byollm.iam.evaluator import Request, actions
from port_byollm.iam.witnesses import INVENTED, favourable, grants, instance
from port_byollm.proof.claim import Claim, Group
from port_byollm.proof.connection import Connection
from port_byollm.proof.requests import APPLY_GUARDRAIL, REGION_KEY, Calls, with_context

_Statement = Mapping[str, Any]

_ARN_PARTS = 6
_SERVICES = ("bedrock", "bedrock-agentcore", "bedrock-mantle")
# Any future action InvokeModel… is inference too.
_INFERENCE = "bedrock:invokemodel"
# Actions that attackers with stolen credentials try, each with a resource of its type.
_SENSITIVE = {
    "aws-marketplace:Subscribe": "*",
    "cloudtrail:StopLogging": "arn:aws:cloudtrail:{region}:{account}:trail/{another}",
    "dynamodb:GetItem": "arn:aws:dynamodb:{region}:{account}:table/{another}",
    "ec2:RunInstances": "arn:aws:ec2:{region}:{account}:instance/{another}",
    "iam:AttachRolePolicy": "{owner}",
    "iam:CreateAccessKey": "arn:aws:iam::{account}:user/{another}",
    "iam:CreateUser": "arn:aws:iam::{account}:user/{another}",
    "iam:PassRole": "{owner}",
    "iam:PutRolePolicy": "{owner}",
    "iam:UpdateAssumeRolePolicy": "{owner}",
    "kms:Decrypt": "arn:aws:kms:{region}:{account}:key/{another}",
    "lambda:InvokeFunction": "arn:aws:lambda:{region}:{account}:function:{another}",
    "logs:GetLogEvents": "arn:aws:logs:{region}:{account}:log-group:{another}:log-stream:{another}",
    "organizations:LeaveOrganization": "*",
    "s3:GetObject": "arn:aws:s3:::{another}/{another}",
    "s3:ListAllMyBuckets": "*",
    "s3:PutObject": "arn:aws:s3:::{another}/{another}",
    "secretsmanager:GetSecretValue": "arn:aws:secretsmanager:{region}:{account}:secret:{another}",
    "ssm:GetParameter": "arn:aws:ssm:{region}:{account}:parameter/{another}",
    "sts:AssumeRole": "arn:aws:iam::{account}:role/{another}",
    "sts:GetFederationToken": "arn:aws:sts::{account}:federated-user/{another}",
}


def other_actions(connection: Connection) -> Iterator[Claim]:
    """Yield claims about Bedrock's other actions, some of other services, and those the policies name."""
    claim = Claim(Group.IMPOSSIBLE, "any other action is taken", allowed=False)
    asked = _samples(connection)
    for document in connection.documents:
        for statement in grants(document):
            for action in dict.fromkeys((*asked, *_named(statement))):
                if _covers(statement, action):
                    asked.setdefault(action, []).extend(_witnesses(connection.calls, action, statement))
    for requests in asked.values():
        yield connection.none_of(claim, requests)


def _samples(connection: Connection) -> dict[str, list[Request]]:
    """Return action -> the requests for it that do not depend on the policies."""
    subject, calls = connection.subject, connection.calls
    route = connection.routes[0]
    resources = [
        "*",
        calls.profile_arn(route.profile),
        arns.foundation_model(subject.region, route.bedrock_id),
        arns.foundation_model(subject.region, INVENTED),
        *([calls.guardrail.arn] if calls.guardrail else []),
    ]
    asked = {
        action: [calls.request(action, resource) for resource in resources]
        for service in _SERVICES
        for action in actions.existing(f"{service}:*")
        if _is_other(action)
    }
    for action, pattern in _SENSITIVE.items():
        resource = pattern.format(
            region=subject.region, account=connection.account, owner=connection.arn, another=INVENTED
        )
        asked[action] = [calls.request(action, resource)]
    return asked


def _named(statement: _Statement) -> Iterator[str]:
    """Yield the actions besides inference that a statement names. The samples stand for `*`."""
    for pattern in as_list(statement.get("Action")):
        yield from (action for action in actions.existing(pattern) if _is_other(action))


def _covers(statement: _Statement, action: str) -> bool:
    """Whether a statement covers an action, spelled as by AWS."""
    element = "NotAction" if "NotAction" in statement else "Action"
    named = any(pattern == "*" or action in _existing(pattern) for pattern in as_list(statement[element]))
    return named != (element == "NotAction")


def _witnesses(calls: Calls, action: str, statement: _Statement) -> Iterator[Request]:
    """Yield a request for each of the statement's resources in which its condition holds.

    The regions are that of `calls` and the one in the condition.
    """
    context = favourable(statement)
    regions = dict.fromkeys((calls.region, context.get(REGION_KEY.lower(), calls.region)))
    for pattern in as_list(statement.get("Resource")):
        for region in regions:
            yield with_context(_on_one(replace(calls, region=region), action, pattern), context)


def _on_one(calls: Calls, action: str, pattern: str) -> Request:
    """Return a request for one matching resource, in the caller's region and account if possible."""
    if pattern == "*":
        return calls.request(action, pattern)
    parts = pattern.split(":", _ARN_PARTS - 1)
    parts += ["*"] * (_ARN_PARTS - len(parts))
    region, account = parts[3], parts[4]
    if "*" in region:
        parts[3] = calls.region
    if "*" in account:
        parts[4] = calls.caller.account
    arn = arns.Arn(*map(instance, parts[1:]))
    # Bedrock's ARNs without a region stand for global routing; request() takes "" for it.
    return calls.request(action, str(arn), arn.region if arn.service == "bedrock" else arn.region or None)


@cache
def _existing(pattern: str) -> frozenset[str]:
    return frozenset(actions.existing(pattern))


def _is_other(action: str) -> bool:
    return not action.lower().startswith(_INFERENCE) and action != APPLY_GUARDRAIL
