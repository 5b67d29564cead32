"""What a statement of an identity policy can be about: actions and resources to ask the evaluator about."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from port_byollm.catalogue import GEOGRAPHIES, all_models, profile_id
from port_byollm.iam import arns
from port_byollm.iam.evaluator import actions
from port_byollm.iam.witnesses import (
    ACCOUNT,
    INVENTED,
    account_instance,
    conditions,
    has_wildcard,
    instance,
    listed,
    resolved,
)

INVOCATIONS = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
APPLY_GUARDRAIL = "bedrock:ApplyGuardrail"
GUARDRAIL_KEY = "bedrock:guardrailidentifier"

_ARN_COLONS = 5
_ANY_ROLE = f"arn:aws:iam::{ACCOUNT}:role/{INVENTED}"
# Stand for all the rest where an action may be any.
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
    """All that it names; a few for the rest, where it names any."""
    known = (*INVOCATIONS, APPLY_GUARDRAIL, *OTHER_ACTIONS)
    if "NotAction" in statement:
        return [*known]
    spelling = {action.lower(): action for action in known}
    found: dict[str, None] = {}
    for pattern in listed(statement["Action"]):
        if has_wildcard(pattern):
            found |= dict.fromkeys([*known, *actions.existing(pattern)])
        else:
            found[spelling.get(pattern.lower(), pattern)] = None
    return list(found)


def resources_of(
    action: str, statement: Mapping[str, Any], denials: Sequence[Mapping[str, Any]]
) -> list[str]:
    """ARNs, and `*` for an action that has no resource; `denials` may name guardrails too."""
    patterns = listed(statement.get("Resource")) or ["*"]
    everywhere = _regions() if action in INVOCATIONS else _regions()[-1:]
    found = dict.fromkeys(arn for pattern in patterns for arn in _instances(pattern, everywhere))
    if any(_is_pattern(pattern) for pattern in patterns):
        if action in INVOCATIONS:
            for account in {_account(pattern) for pattern in patterns}:
                found |= dict.fromkeys(_invocable(account))
        elif action == APPLY_GUARDRAIL:
            found |= dict.fromkeys(_guardrails([statement, *denials]))
        elif "*" in patterns:
            found[_ANY_ROLE if action.lower().startswith("sts:assumerole") else "*"] = None
    return list(found)


def _is_pattern(resource: str) -> bool:
    """Whether it matches several ARNs: parts that are left out at the end are any."""
    return has_wildcard(resource) or resource.count(":") < _ARN_COLONS


def _account(pattern: str) -> str:
    """The account that an ARN's pattern names, or one that it may be."""
    return account_instance("".join(resolved(pattern).split(":", _ARN_COLONS)[4:5]) or "*")


def _instances(pattern: str, everywhere: Sequence[str]) -> Iterator[str]:
    """ARNs that `pattern` matches; `everywhere` are the regions to try where its region is a wildcard."""
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
    known = [one for one in everywhere if fnmatchcase(one, region)] if has_wildcard(region) else [region]
    for one in known or [instance(region)]:
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
    """Every region that a profile is called in or sends to, and the empty one of global profiles."""
    routes = [sources for model in all_models() for sources in model.profiles.values()]
    found = {region for sources in routes for route in sources.items() for region in (route[0], *route[1])}
    return tuple(sorted(found))


@cache
def _invocable(account: str) -> tuple[str, ...]:
    """What can be invoked: the catalogue's models and profiles everywhere, and what nobody has heard of."""
    ids = [model.bedrock_id for model in all_models() if model.bedrock_id]
    unheard = [f"{INVENTED}.{INVENTED}", f"anthropic.{INVENTED}"]
    found = [arns.foundation_model(region, one) for one in (*ids, *unheard) for region in _regions()]
    for model in all_models():
        for geography in GEOGRAPHIES:
            found += [
                arns.inference_profile(source, account, profile_id(geography, model.bedrock_id))
                for source in model.profiles.get(geography, {})
                if model.bedrock_id
            ]
    some_region = _regions()[-1]
    found += [
        str(arns.Arn("aws", "bedrock", some_region, account, f"{kind}/{INVENTED}"))
        for kind in _OTHER_INVOCABLES
    ]
    return tuple(found)


def _guardrails(statements: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Guardrails that the statements speak of, and one that nobody has heard of."""
    yield str(arns.Arn("aws", "bedrock", _regions()[-1], ACCOUNT, f"guardrail/{INVENTED}"))
    for statement in statements:
        for _, key, value in conditions(statement):
            if key == GUARDRAIL_KEY:
                yield guardrail_arn(instance(value))


def guardrail_arn(identifier: str) -> str:
    """The guardrail's ARN in a value of `bedrock:GuardrailIdentifier`, to which a version may be appended."""
    return ":".join(identifier.split(":")[:6])
