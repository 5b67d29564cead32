"""The evaluator over plain JSON, for `port-byollm iam simulate`."""

import json
from collections.abc import Mapping
from typing import Any

from port_byollm.errors import ConfigError
from port_byollm.iam.evaluator import Evaluator, Request, Undecidable

_DOCUMENTS = ("identityPolicies", "resourcePolicy", "permissionBoundary", "scps", "rcps")
_REQUIRED = ("principal", "action", "resource")
_OPTIONAL = ("id", "resourceAccount", "context")

Answer = dict[str, Any]


def simulate(given: object) -> list[Answer]:
    """Decide each of the document's `requests` by its policies, in order.

    An answer is `{"id", "decision", "reason"}`. If IAM would refuse a policy or the request, `decision` is
    None and `errors` names each place. Raises ConfigError if `given` does not have the documented form
    (docs/iam-simulate.md).
    """
    if not isinstance(given, Mapping):
        raise ConfigError("input", "is neither an object nor a list of objects")
    if unknown := given.keys() - {*_DOCUMENTS, "requests"}:
        known = ", ".join([*_DOCUMENTS, "requests"])
        raise ConfigError(min(unknown), "is not a key of this document", f"its keys are {known}")
    requests = given.get("requests")
    if not isinstance(requests, list) or not all(isinstance(request, Mapping) for request in requests):
        raise ConfigError("requests", "is not a list of objects")
    refused: list[str] = []
    evaluator = None
    try:
        evaluator = Evaluator(
            identity_policies=_or_none(given.get("identityPolicies")),
            resource_policy=given.get("resourcePolicy"),
            permission_boundary=given.get("permissionBoundary"),
            scps=_or_none(given.get("scps")),
            rcps=_or_none(given.get("rcps")),
        )
    except Undecidable as error:
        refused = _errors(error)
    return [_answer(evaluator, refused, request) for request in requests]


def _answer(evaluator: Evaluator | None, refused: list[str], given: Mapping[str, Any]) -> Answer:
    errors = list(refused)
    answer: Answer = {"id": given.get("id"), "decision": None}
    try:
        request = _request(given)
        if evaluator is not None:
            verdict = evaluator.evaluate(request)
            return answer | {"decision": verdict.decision.value, "reason": verdict.reason}
    except Undecidable as error:
        errors += _errors(error)
    return answer | {"reason": f"IAM would refuse this: {errors[0]}", "errors": errors}


def _request(given: Mapping[str, Any]) -> Request:
    if missing := [key for key in _REQUIRED if key not in given]:
        raise Undecidable("request", f"has no {' and no '.join(missing)}")
    if unknown := given.keys() - {*_REQUIRED, *_OPTIONAL}:
        raise Undecidable("request", f"has the unknown element {min(unknown)!r}")
    for key in _REQUIRED:
        if not isinstance(given[key], str):
            raise Undecidable(f"request, {key}", "is not text")
    context = given.get("context")
    if not isinstance(context, Mapping | None):
        raise Undecidable("request, context", "is not an object")
    return Request(
        given["principal"],
        given["action"],
        given["resource"],
        {key: _texts(value) for key, value in (context or {}).items()},
        given.get("resourceAccount"),
    )


def _texts(value: Any) -> Any:
    """Return a context value as AWS would send it: `true` as `"true"`, 1 as `"1"`."""
    if isinstance(value, list):
        return [_texts(one) for one in value]
    return json.dumps(value) if isinstance(value, bool | int | float) else value


def _or_none(documents: Any) -> Any:
    return [] if documents is None else documents


def _errors(error: Undecidable) -> list[str]:
    return [f"{one.place}: {one.problem}" for one in (error, *error.others)]
