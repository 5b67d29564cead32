"""The actions and resources that a statement of an identity policy may cover, to put to the evaluator."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from port_byollm.catalogue import GEOGRAPHIES, all_models, profile_id
from port_byollm.iam import arns
from port_byollm.iam.documents import as_list
from port_byollm.iam.evaluator import actions
from port_byollm.iam.witnesses import (
    ACCOUNT,
    INVENTED,
    account_instance,
    conditions,
    has_wildcard,
    instance,
    resolved,
)

INVOCATIONS = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
APPLY_GUARDRAIL = "bedrock:ApplyGuardrail"
GUARDRAIL_KEY = "bedrock:guardrailidentifier"

_ARN_COLONS = 5
_ANY_ROLE = f"arn:aws:iam::{ACCOUNT}:role/{INVENTED}"
# Representatives of all other actions, for statements that cover any action.
OTHER_ACTIONS = (
    "bedrock:InvokeAgent",
    "bedrock:CreateModelInvocationJob",
    "bedrock:DeleteGuardrail",
    "bedrock:PutModelInvocationLoggingConfiguration",
    "aws-marketplace:Subscribe",
    "iam:PassRole",
    "s3:GetObject",
    "sts:AssumeRole",
)
_OTHER_INVOCABLES = (
    "application-inference-profile",
    "custom-model-deployment",
    "imported-model",
    "provisioned-model",
    "prompt-router",
)


def actions_of(statement: Mapping[str, Any]) -> list[str]:
    """Return the actions that a statement names; for wildcards and NotAction, also representatives."""
    known = (*INVOCATIONS, APPLY_GUARDRAIL, *OTHER_ACTIONS)
    if "NotAction" in statement:
        return [*known]
    spelling = {action.lower(): action for action in known}
    names: dict[str, None] = {}
    for pattern in as_list(statement["Action"]):
        if has_wildcard(pattern):
            names |= dict.fromkeys([*known, *actions.existing(pattern)])
        else:
            names[spelling.get(pattern.lower(), pattern)] = None
    return list(names)


def resources_of(
    action: str, statement: Mapping[str, Any], denials: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Return ARNs, and `*` for an action without a resource. Guardrails come from `denials` too."""
    patterns = as_list(statement.get("Resource")) or ["*"]
    everywhere = _regions() if action in INVOCATIONS else _regions()[-1:]
    resources = dict.fromkeys(arn for pattern in patterns for arn in _instances(pattern, everywhere))
    if any(_is_pattern(pattern) for pattern in patterns):
        if action in INVOCATIONS:
            for account in {_account(pattern) for pattern in patterns}:
                resources |= dict.fromkeys(_invocable(account))
        elif action == APPLY_GUARDRAIL:
            resources |= dict.fromkeys(_guardrails([statement, *denials]))
        elif "*" in patterns:
            resources[_ANY_ROLE if action.lower().startswith("sts:assumerole") else "*"] = None
    return list(resources)


def _is_pattern(resource: str) -> bool:
    """Whether `resource` matches several ARNs. Parts that are missing at the end match anything."""
    return has_wildcard(resource) or resource.count(":") < _ARN_COLONS


def _account(pattern: str) -> str:
    """Return the account in an ARN's pattern, or one that matches it."""
    return account_instance("".join(resolved(pattern).split(":", _ARN_COLONS)[4:5]) or "*")


def _instances(pattern: str, everywhere: Sequence[str]) -> Iterator[str]:
    """Yield ARNs that match `pattern`. `everywhere` are the regions to try if its region is a wildcard."""
    pattern = resolved(pattern)
    if pattern == "*":
        return
    if not _is_pattern(pattern):
        yield pattern
        return
    parts = pattern.split(":", _ARN_COLONS)
    parts += ["*"] * (_ARN_COLONS + 1 - len(parts))
    prefix, partition, service, region, account, resource = parts
    if has_wildcard(account):
        account = "" if resource.startswith("foundation-model") else account_instance(account)
    regions = [one for one in everywhere if fnmatchcase(one, region)] if has_wildcard(region) else [region]
    for one in regions or [instance(region)]:
        yield ":".join(
            (
                prefix,
                "aws" if has_wildcard(partition) else partition,
                "bedrock" if has_wildcard(service) else service,
                one,
                account,
                instance(resource),
            )
        )


@cache
def _regions() -> tuple[str, ...]:
    """Return every source and destination region of a profile, and the empty region of global profiles."""
    routes = [sources for model in all_models() for sources in model.profiles.values()]
    regions = {region for sources in routes for route in sources.items() for region in (route[0], *route[1])}
    return tuple(sorted(regions))


@cache
def _invocable(account: str) -> tuple[str, ...]:
    """Return what can be invoked: the catalog's models and profiles in every region, and invented ones."""
    ids = [model.bedrock_id for model in all_models() if model.bedrock_id]
    invented = [f"{INVENTED}.{INVENTED}", f"anthropic.{INVENTED}"]
    invocable = [arns.foundation_model(region, one) for one in (*ids, *invented) for region in _regions()]
    for model in all_models():
        for geography in GEOGRAPHIES:
            invocable += [
                arns.inference_profile(source, account, profile_id(geography, model.bedrock_id))
                for source in model.profiles.get(geography, {})
                if model.bedrock_id
            ]
    some_region = _regions()[-1]
    invocable += [
        str(arns.Arn("aws", "bedrock", some_region, account, f"{kind}/{INVENTED}"))
        for kind in _OTHER_INVOCABLES
    ]
    return tuple(invocable)


def _guardrails(statements: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the guardrails in the statements' conditions, and an invented one."""
    yield str(arns.Arn("aws", "bedrock", _regions()[-1], ACCOUNT, f"guardrail/{INVENTED}"))
    for statement in statements:
        for _, key, value in conditions(statement):
            if key == GUARDRAIL_KEY:
                yield guardrail_arn(instance(value))


def guardrail_arn(identifier: str) -> str:
    """Return the ARN in a value of `bedrock:GuardrailIdentifier`, which may end in a version."""
    return ":".join(identifier.split(":")[:6])
