"""Who may do what in the sandbox's AWS: every call of a user or role is decided by our evaluator.

moto has one place through which each call but S3's passes, and decides wrongly there; this decides instead.
"""

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from moto.core.exceptions import AccessDeniedError, JsonRESTError
from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from port_byollm.iam import arns
from port_byollm.iam.evaluator import Decision, Evaluator, Request, Undecidable
from port_byollm_sandbox.aws.callers import Caller, Document, caller_of
from port_byollm_sandbox.aws.requests import requests_of

_REMEMBERED = 10_000
_FORBIDDEN = 403

journal: Final[deque[dict[str, Any]]] = deque(maxlen=_REMEMBERED)
"""Every decision, as `{"principal", "action", "resource", "context", "decision"}`: the last ten thousand."""


def install() -> None:
    """Decides every call in this process."""
    # moto's own decision, which it makes only where enforcement is switched on.
    BaseResponse._authenticate_and_authorize_normal_action = authorize  # type: ignore[assignment, method-assign]  # of its base


def authorize(call: BaseResponse, _: str = "*") -> None:
    """Raises what moto answers as the service's own refusal, unless the caller may make this call."""
    caller = caller_of(call)
    if caller is None or call._get_action() == "GetCallerIdentity":  # which nobody can be denied
        return
    for request in requests_of(call, caller):
        refusal = _refusal(caller, request)
        journal.append({**_without_secrets(request), "decision": "Denied" if refusal else "Allowed"})
        if refusal:
            raise _denied(call, caller, request, refusal)


def trust_policy(role_arn: str) -> Document | None:
    """Of a role in any account; None where there is none."""
    try:
        arn = arns.parse(role_arn)
        role = iam_backends[arn.account][arn.partition].get_role_by_arn(role_arn)
    except (ValueError, NotFoundException):
        return None
    document: Document = json.loads(role.assume_role_policy_document)
    return document


def _refusal(caller: Caller, request: Request) -> str | None:
    """Why it is denied, in AWS's words; None where it is not."""
    resource_policy = None
    if request.action.lower().startswith("sts:assumerole"):
        resource_policy = trust_policy(request.resource)
        if resource_policy is None:
            return f"because no resource-based policy allows the {request.action} action"
    try:
        for layer, evaluator in _layers(caller, resource_policy):
            decision = evaluator.evaluate(request).decision
            if decision is Decision.EXPLICITLY_DENIED:
                return f"with an explicit deny in {layer}"
            if decision is Decision.IMPLICITLY_DENIED:
                return f"because no {layer.partition(' ')[2]} allows the {request.action} action"
    except Undecidable as error:
        return f"because AWS would refuse what decides it: {error}"
    return None


def _layers(caller: Caller, trust: Document | None) -> Iterator[tuple[str, Evaluator]]:
    """What must allow the request, each by itself, so that a refusal can be told apart."""
    policies = list(caller.policies)
    yield "an identity-based policy", Evaluator(identity_policies=policies, resource_policy=trust)
    if caller.boundary is not None:
        yield (
            "a permissions boundary",
            Evaluator(identity_policies=policies, permission_boundary=caller.boundary, resource_policy=trust),
        )
    if caller.session_policy is not None:
        yield (
            "a session policy",
            Evaluator(identity_policies=[caller.session_policy], resource_policy=trust),
        )


def _denied(call: BaseResponse, caller: Caller, request: Request, refusal: str) -> Exception:
    what = f"{request.action} on resource: {request.resource} {refusal}"
    if get_service_model(call.boto3_service_name).protocol == "query":
        return AccessDeniedError(caller.arn, what)
    error = JsonRESTError("AccessDeniedException", f"User: {caller.arn} is not authorized to perform: {what}")
    error.code = _FORBIDDEN
    return error


def _without_secrets(request: Request) -> dict[str, Any]:
    asked = asdict(request)
    asked["context"] = {key: value for key, value in request.context.items() if key != "sts:ExternalId"}
    return asked
