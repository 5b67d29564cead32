"""What identity policies permit."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any

from port_byollm.iam import arns
from port_byollm.iam.candidates import INVOCATIONS, actions_of, resources_of
from port_byollm.iam.evaluator import Evaluator, Request, Undecidable
from port_byollm.iam.evaluator.conditions import Condition, compile_condition, context_of
from port_byollm.iam.witnesses import (
    ACCOUNT,
    INVENTED,
    conditions,
    contexts,
    instance,
    listed,
)

PROFILE_KEY = "bedrock:inferenceprofilearn"

_REGION_KEY = "aws:requestedregion"
_CALLER = f"arn:aws:iam::{ACCOUNT}:role/{INVENTED}"
# A role and a key have a policy that must agree: here it leaves it to the account
# (https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html).
_EVERYONE = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}}
_TRUST = {"Statement": {**_EVERYONE, "Action": "sts:*"}}
_KEY_POLICY = {"Statement": {**_EVERYONE, "Action": "kms:*", "Resource": "*"}}


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
        """Whether the request is allowed to whoever has the documents, in the resource's own account."""
        # Most of those who ask have it from what was found.
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
                return False  # IAM knows no such request
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
                for action in actions_of(statement)
                for resource in resources_of(action, statement, denials)
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
