"""Concrete values for what documents name: someone, something, and a context that a statement applies in.

Documents here are such as IAM takes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from port_byollm.iam import arns
from port_byollm.iam.evaluator import Request, actions
from port_byollm.iam.witnesses import listed
from port_byollm.proof.requests import REGION_KEY, Calls
from port_byollm.proof.subject import Document

ANOTHER = "another"
"""Nothing is called so: what is permitted for it is permitted for what nobody has thought of."""

Statement = Mapping[str, Any]

_ARN_PARTS = 6
_NEGATED = ("Not", "Null")
_OF_SERVICES = "aws:calledvia"


def grants(document: Document) -> list[Statement]:
    """The statements that allow."""
    return [one for one in listed(document.get("Statement")) if one["Effect"] == "Allow"]


def covers(statement: Statement, action: str) -> bool:
    """Whether a statement is about an action, spelt as AWS does."""
    element = "NotAction" if "NotAction" in statement else "Action"
    named = any(pattern == "*" or action in _existing(pattern) for pattern in listed(statement[element]))
    return named != (element == "NotAction")


def instance(pattern: str) -> str:
    """One text that `pattern` matches, if it has no policy variables."""
    return pattern.replace("*", ANOTHER).replace("?", "x")


def is_of_service(key: str) -> bool:
    """Whether a condition key is one that AWS alone sets, where a service calls on someone's behalf."""
    return key.lower().startswith(_OF_SERVICES)


def favourable(statement: Statement) -> dict[str, str]:
    """The first value that each comparison of `statement` takes, by its key in lower case."""
    found = {}
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            if not any(word in operator for word in _NEGATED) and not is_of_service(key):
                found[key.lower()] = instance(str(listed(values)[0]))
    return found


def witnesses(calls: Calls, action: str, statement: Statement) -> Iterator[Request]:
    """A request for each resource that a statement names, where its condition holds: here, and in the region
    that it is for."""
    context = favourable(statement)
    regions = dict.fromkeys((calls.region, context.get(REGION_KEY.lower(), calls.region)))
    for pattern in listed(statement.get("Resource")):
        for region in regions:
            yield with_context(_request(replace(calls, region=region), action, pattern), context)


def with_context(request: Request, context: Mapping[str, str]) -> Request:
    """`request` with further condition keys; those that it has stay as they are."""
    own = {key.lower() for key in request.context}
    further = {key: value for key, value in context.items() if key.lower() not in own}
    return replace(request, context={**request.context, **further})


def _request(calls: Calls, action: str, pattern: str) -> Request:
    """About one resource that a pattern matches, here if it may be anywhere."""
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
    # Global routing has no region either, and says so.
    return calls.request(action, str(arn), arn.region if arn.service == "bedrock" else arn.region or None)


@cache
def _existing(pattern: str) -> frozenset[str]:
    return frozenset(actions.existing(pattern))
