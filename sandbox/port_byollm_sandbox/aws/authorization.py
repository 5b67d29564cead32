"""Authorization in the sandbox's AWS: port-byollm's evaluator decides every call by a user or role.

Every call except S3's passes through one method of moto, which decides incorrectly; `install` replaces it.
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
"""The last ten thousand decisions: `{"principal", "action", "resource", "context", "decision"}`."""


def install() -> None:
    """Decide every call in this process."""
    # Replaces moto's own decision, which it makes only if enforcement is switched on.
    BaseResponse._authenticate_and_authorize_normal_action = authorize  # type: ignore[assignment, method-assign]  # of its base


def authorize(call: BaseResponse, _: str = "*") -> None:
    """Raise the service's own access-denied error unless the caller may make this call."""
    caller = caller_of(call)
    if caller is None or call._get_action() == "GetCallerIdentity":  # which cannot be denied
        return
    for request in requests_of(call, caller):
        refusal = _refusal(caller, request)
        journal.append({**_without_secrets(request), "decision": "Denied" if refusal else "Allowed"})
        if refusal:
            raise _denied(call, caller, request, refusal)


def trust_policy(role_arn: str) -> Document | None:
    """Return the trust policy of a role in any account; None if the role does not exist."""
    try:
        arn = arns.parse(role_arn)
        role = iam_backends[arn.account][arn.partition].get_role_by_arn(role_arn)
    except (ValueError, NotFoundException):
        return None
    document: Document = json.loads(role.assume_role_policy_document)
    return document


def _refusal(caller: Caller, request: Request) -> str | None:
    """Return why the request is denied, in AWS's words; None if it is allowed."""
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
        return f"because AWS would reject the policy or the request: {error}"
    return None


def _layers(caller: Caller, trust: Document | None) -> Iterator[tuple[str, Evaluator]]:
    """Yield each layer that must allow the request, one by one, so that a refusal can name the layer."""
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
    detail = f"{request.action} on resource: {request.resource} {refusal}"
    if get_service_model(call.boto3_service_name).protocol == "query":
        return AccessDeniedError(caller.arn, detail)
    error = JsonRESTError(
        "AccessDeniedException", f"User: {caller.arn} is not authorized to perform: {detail}"
    )
    error.code = _FORBIDDEN
    return error


def _without_secrets(request: Request) -> dict[str, Any]:
    context = {key: value for key, value in request.context.items() if key != "sts:ExternalId"}
    return asdict(request) | {"context": context}
