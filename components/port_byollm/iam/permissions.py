"""The requests that identity policies permit."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any

from port_byollm.iam import arns
from port_byollm.iam.candidates import INVOCATIONS, actions_of, resources_of
from port_byollm.iam.documents import as_list
from port_byollm.iam.evaluator import Evaluator, Request, Undecidable
from port_byollm.iam.evaluator.conditions import Condition, compile_condition, context_of
from port_byollm.iam.witnesses import (
    ACCOUNT,
    INVENTED,
    conditions,
    contexts,
    instance,
)

PROFILE_KEY = "bedrock:inferenceprofilearn"

_REGION_KEY = "aws:requestedregion"
_CALLER = f"arn:aws:iam::{ACCOUNT}:role/{INVENTED}"
# Roles and KMS keys have resource policies that must agree. These ones delegate to the account
# (https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html).
_EVERYONE = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}}
_TRUST = {"Statement": {**_EVERYONE, "Action": "sts:*"}}
_KEY_POLICY = {"Statement": {**_EVERYONE, "Action": "kms:*", "Resource": "*"}}


_Key = tuple[str, str, frozenset[tuple[str, str]]]
"""Action, resource and context of a request."""


@dataclass(frozen=True)
class Permission:
    """A request that is allowed for every identity that the documents are attached to."""

    action: str
    resource: str
    context: Mapping[str, str]
    """Condition key in lower case -> value, for those keys in the documents' conditions that are present."""

    @property
    def invokes(self) -> bool:
        """Whether the action invokes a model."""
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
    """The requests that documents (JSON texts) permit together. Raises Undecidable if IAM would refuse one.

    `boundary` is the permissions boundary. `beside` are other documents, which grant nothing here. The
    requests that they distinguish are evaluated too, so that the permissions of both can be compared.
    """

    def __init__(
        self, documents: Sequence[str], *, boundary: str | None = None, beside: Sequence[str] = ()
    ) -> None:
        parsed = [parse(text) for text in documents]
        bounds = None if boundary is None else parse(boundary)
        self._with = partial(Evaluator, identity_policies=parsed, permission_boundary=bounds)
        self._evaluator = self._with()
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
        """Whether the documents allow the request to an identity in the resource's own account."""
        # Most callers ask about a request that they got from `all`.
        return _key(action, resource, context) in self._allowed or self._decide(action, resource, context)

    def _decide(self, action: str, resource: str, context: Mapping[str, str]) -> bool:
        named = arns.parse(resource).region if resource != "*" else ""
        # https://docs.aws.amazon.com/bedrock/latest/userguide/global-cross-region-inference.html
        region = named or context.get(_REGION_KEY, "unspecified")
        request = Request(_CALLER, action, resource, {**context, _REGION_KEY: region}, ACCOUNT)
        try:
            return self._evaluator_of(action.lower(), resource).evaluate(request).allowed
        except Undecidable as undecidable:
            if undecidable.place.startswith("request"):
                return False  # no such request exists in IAM
            raise

    def _evaluator_of(self, action: str, resource: str) -> Evaluator:
        if action.startswith("sts:") and ":role/" in resource:
            return self._assuming
        if action.startswith("kms:") and ":key/" in resource:
            return self._using_keys
        return self._evaluator

    @cached_property
    def _assuming(self) -> Evaluator:
        return self._with(resource_policy=_TRUST)

    @cached_property
    def _using_keys(self) -> Evaluator:
        return self._with(resource_policy=_KEY_POLICY)

    def _find(self, documents: Sequence[Mapping[str, Any]], compared: bool) -> None:
        statements = [
            (statement, document) for document in documents for statement in as_list(document["Statement"])
        ]
        denials = [statement for statement, _ in statements if statement["Effect"] == "Deny"]
        # One statement that allows is enough, unless a boundary must allow too or documents are compared.
        distinguishing = [statement for statement, _ in statements] if compared else denials
        seen: set[_Key] = set()
        for statement, document in statements:
            if statement["Effect"] == "Deny":
                continue
            requests = [
                (action, resource)
                for action in actions_of(statement)
                for resource in resources_of(action, statement, denials)
            ]
            condition = _condition(statement, document)
            regions = _regions_in([statement, *distinguishing])
            for context in contexts([statement, *distinguishing], determined=[_REGION_KEY]):
                # A shortcut: the statement grants nothing in most contexts if it is narrow.
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
    """Return `Permissions(documents)`, computed once: every policy rule asks for it."""
    return Permissions(documents)


def parse(text: str) -> Mapping[str, Any]:
    """Return the parsed document. Raises Undecidable, without a quote, if the text is not a JSON object."""
    try:
        document = json.loads(text)
    except ValueError:
        raise Undecidable("the document", "is not JSON") from None
    if not isinstance(document, dict):
        raise Undecidable("the document", "is not a JSON object")
    return document


def _condition(statement: Mapping[str, Any], document: Mapping[str, Any]) -> Condition:
    """Return the statement's condition without its tests of the region, which each request determines."""
    variables = document.get("Version") == "2012-10-17"
    whole = compile_condition(statement.get("Condition", {}), "Condition", variables=variables)
    return Condition(tuple(test for test in whole.tests if test.context_key != _REGION_KEY))


def _regions_in(statements: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the regions in the statements' conditions."""
    return list(
        dict.fromkeys(
            instance(value)
            for statement in statements
            for _, key, value in conditions(statement)
            if key == _REGION_KEY
        )
    )


def _located(
    context: Mapping[str, str], action: str, resource: str, regions: Sequence[str]
) -> Iterator[Mapping[str, str]]:
    """Yield `context` as it is and, if neither resource nor action implies a region, once for each region."""
    yield context
    if action not in INVOCATIONS and (resource == "*" or not arns.parse(resource).region):
        yield from ({**context, _REGION_KEY: region} for region in regions)
