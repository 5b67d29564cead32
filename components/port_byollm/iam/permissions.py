"""What identity policies permit."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, cached_property, lru_cache
from typing import Any

from port_byollm.catalogue import GEOGRAPHIES, all_models, profile_id
from port_byollm.iam import arns
from port_byollm.iam.evaluator import Evaluator, Request, Undecidable, actions
from port_byollm.iam.evaluator.conditions import Condition, compile_condition, context_of
from port_byollm.iam.witnesses import (
    ACCOUNT,
    INVENTED,
    account_instance,
    conditions,
    contexts,
    has_wildcard,
    instance,
    listed,
    resolved,
)

INVOCATIONS = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
APPLY_GUARDRAIL = "bedrock:ApplyGuardrail"
GUARDRAIL_KEY = "bedrock:guardrailidentifier"
PROFILE_KEY = "bedrock:inferenceprofilearn"

_REGION_KEY = "aws:requestedregion"
_ARN_COLONS = 5
# Stand for all the rest where an action may be any.
_OTHER_ACTIONS = (
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


_Key = tuple[str, str, frozenset[tuple[str, str]]]
"""Action, resource and context of a request."""


@dataclass(frozen=True)
class Permission:
    """A request that is allowed: of any identity that the documents are attached to."""

    action: str
    resource: str
    context: Mapping[str, str]
    """Condition key in lower case -> value; the keys that the documents ask about, but for absent ones."""

    @property
    def invokes(self) -> bool:
        """Whether it is one of the calls by which models are invoked."""
        return self.action in INVOCATIONS

    @cached_property
    def arn(self) -> arns.Arn:
        return arns.parse(self.resource)

    @property
    def model(self) -> str | None:
        """The Bedrock id of the foundation model that is invoked."""
        return self._invoked("foundation-model")

    @property
    def profile(self) -> str | None:
        """The id of the inference profile that is invoked, such as `eu.anthropic.claude-…`."""
        return self._invoked("inference-profile")

    def _invoked(self, wanted: str) -> str | None:
        if not self.invokes:
            return None
        kind, _, name = self.arn.resource.partition("/")
        return name if kind == wanted else None


class Permissions:
    """What documents (JSON texts) permit together. Raises Undecidable where IAM would refuse one of them.

    `boundary` is the permissions boundary. `beside` are documents that permit nothing here: what they tell
    apart is told apart too, so that what is found can be compared with what they permit.
    """

    def __init__(
        self, documents: Sequence[str], *, boundary: str | None = None, beside: Sequence[str] = ()
    ) -> None:
        parsed = [parse(text) for text in documents]
        bounds = None if boundary is None else parse(boundary)
        self._evaluator = Evaluator(identity_policies=parsed, permission_boundary=bounds)
        others = [*([] if bounds is None else [bounds]), *map(parse, beside)]
        self._allowed: dict[_Key, Permission] = {}
        self._find([*parsed, *others], compared=bool(others))

    @cached_property
    def all(self) -> Sequence[Permission]:
        return tuple(self._allowed.values())

    @cached_property
    def invocations(self) -> Sequence[Permission]:
        return tuple(permission for permission in self.all if permission.invokes)

    @cached_property
    def actions(self) -> Sequence[str]:
        return tuple(dict.fromkeys(permission.action for permission in self.all))

    def allows(self, action: str, resource: str, context: Mapping[str, str]) -> bool:
        """Whether the request is allowed to whoever has the documents, in the resource's own account."""
        # Most of those who ask have it from what was found.
        return _key(action, resource, context) in self._allowed or self._decide(action, resource, context)

    def _decide(self, action: str, resource: str, context: Mapping[str, str]) -> bool:
        arn = arns.parse(resource) if resource != "*" else None
        caller = f"arn:aws:iam::{(arn and arn.account) or ACCOUNT}:role/{INVENTED}"
        # https://docs.aws.amazon.com/bedrock/latest/userguide/global-cross-region-inference.html
        region = (arn and arn.region) or context.get(_REGION_KEY, "unspecified")
        request = Request(caller, action, resource, {**context, _REGION_KEY: region})
        try:
            return self._evaluator.evaluate(request).allowed
        except Undecidable as undecidable:
            if undecidable.place.startswith("request"):
                return False  # IAM knows no such request
            raise

    def _find(self, documents: Sequence[Mapping[str, Any]], compared: bool) -> None:
        statements = [(one, document) for document in documents for one in listed(document["Statement"])]
        denials = [one for one, _ in statements if one["Effect"] == "Deny"]
        # One document that permits is enough, unless a boundary must too, or what others permit is wanted.
        apart = [one for one, _ in statements] if compared else denials
        seen: set[_Key] = set()
        for statement, document in statements:
            if statement["Effect"] == "Deny":
                continue
            requests = [
                (action, resource)
                for action in _actions(statement)
                for resource in _resources(action, statement, denials)
            ]
            condition = _condition(statement, document)
            regions = _regions_in([statement, *apart])
            for context in contexts([statement, *apart], determined=[_REGION_KEY]):
                # Elsewhere it grants nothing: most contexts of a narrow statement are of that kind.
                if not condition.holds(context_of(context)):
                    continue
                for action, resource in requests:
                    for whole in _located(context, action, resource, regions):
                        key = _key(action, resource, whole)
                        if key not in seen and self._decide(action, resource, whole):
                            self._allowed[key] = Permission(action, resource, whole)
                        seen.add(key)


def _key(action: str, resource: str, context: Mapping[str, str]) -> _Key:
    return action, resource, frozenset(context.items())


@lru_cache(maxsize=4096)
def permissions(*documents: str) -> Permissions:
    """What `documents` (JSON texts) permit together; every rule asks, and it is found once."""
    return Permissions(documents)


def parse(text: str) -> Mapping[str, Any]:
    """A document; raises Undecidable where the text is no JSON. It is not quoted: it may hold secrets."""
    try:
        document = json.loads(text)
    except ValueError:
        raise Undecidable("the document", "is not JSON") from None
    if not isinstance(document, dict):
        raise Undecidable("the document", "is not a JSON object")
    return document


def _condition(statement: Mapping[str, Any], document: Mapping[str, Any]) -> Condition:
    """The statement's condition, but for what each request determines by itself."""
    variables = document.get("Version") == "2012-10-17"
    whole = compile_condition(statement.get("Condition", {}), "Condition", variables=variables)
    return Condition(tuple(test for test in whole.tests if test.context_key != _REGION_KEY))


def _regions_in(statements: Sequence[Mapping[str, Any]]) -> list[str]:
    """Regions that conditions name."""
    found = (instance(value) for one in statements for _, key, value in conditions(one) if key == _REGION_KEY)
    return list(dict.fromkeys(found))


def _located(
    context: Mapping[str, str], action: str, resource: str, regions: Sequence[str]
) -> Iterator[Mapping[str, str]]:
    """`context` as it is, and in each of the regions where neither resource nor action says which it is."""
    yield context
    if action not in INVOCATIONS and (resource == "*" or not arns.parse(resource).region):
        yield from ({**context, _REGION_KEY: region} for region in regions)


def _actions(statement: Mapping[str, Any]) -> list[str]:
    known = (*INVOCATIONS, APPLY_GUARDRAIL, *_OTHER_ACTIONS)
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


def _resources(action: str, statement: Mapping[str, Any], denials: Sequence[Mapping[str, Any]]) -> list[str]:
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
            found["*"] = None
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
