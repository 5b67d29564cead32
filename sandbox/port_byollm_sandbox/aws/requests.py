"""The authorization requests that a call needs: which actions, on which resources, in which context.

Source: the Service Authorization Reference of IAM, STS, Secrets Manager and Bedrock. For other services, the
resource is not determined, so a policy must allow their calls on `*`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import BaseResponse
from moto.iam.models import Group, IAMBackend, Role, User, iam_backends
from moto.secretsmanager.models import secretsmanager_backends

from port_byollm import catalogue
from port_byollm.iam import arns
from port_byollm.iam.evaluator import Request
from port_byollm.iam.evaluator.actions import JUDGED_AS
from port_byollm.proof.requests import PROFILE_KEY, AppliedGuardrail
from port_byollm_sandbox.aws.callers import Caller, boundary_of

Context = Mapping[str, str | Sequence[str]]
Target = tuple[str, Context]
"""A resource, and the condition keys that are specific to it."""

_PREFIXES = {"bedrock-runtime": "bedrock"}
_HOME = "us-east-1"
"""IAM's region, whatever the client's."""

_TAGGING = {"CreatePolicy": "iam:TagPolicy", "CreateRole": "iam:TagRole", "CreateUser": "iam:TagUser"}
"""Operation -> the action that it also needs if it sets tags."""
_ON_BEHALF = {
    "CreateFoundationModelAgreement": ("aws-marketplace:Subscribe", "aws-marketplace:ViewSubscriptions"),
    "DeleteFoundationModelAgreement": ("aws-marketplace:Unsubscribe",),
}
"""Operation -> the actions that Bedrock then performs on the caller's behalf."""


def requests_of(call: BaseResponse, caller: Caller) -> list[Request]:
    """Return the requests of `call`, all of which must be allowed."""
    service, operation = call.boto3_service_name, call._get_action()
    region = _HOME if service == "iam" else call.region
    common: dict[str, str | Sequence[str]] = {
        **caller.context,
        **_tags(call),
        "aws:CurrentTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:RequestedRegion": region,
        "aws:SecureTransport": "true",
    }
    action = f"{_PREFIXES.get(service, service)}:{operation}"
    action = JUDGED_AS.get(action.lower(), action)
    requests = [
        Request(caller.arn, action, resource, {**common, **keys})
        for resource, keys in _RESOURCES.get(service, _any)(call, caller)
    ]
    if call._get_param("Tags") and operation in _TAGGING:
        requests += [
            Request(caller.arn, _TAGGING[operation], tagged.resource, tagged.context) for tagged in requests
        ]
    forwarded = {**common, "aws:CalledViaLast": "bedrock.amazonaws.com"}
    requests += [Request(caller.arn, action, "*", forwarded) for action in _ON_BEHALF.get(operation, ())]
    return requests


def _any(call: BaseResponse, caller: Caller) -> Iterator[Target]:
    yield "*", {}


def _iam(call: BaseResponse, caller: Caller) -> Iterator[Target]:
    backend = iam_backends[call.current_account][call.partition]
    operation, policy = call._get_action(), call._get_param("PolicyArn")
    for parameter, kind in _IAM_NAMES.items():
        if name := call._get_param(parameter):
            # A creation is not about an existing entity of the same name.
            entity = None if operation == f"Create{kind.title()}" else _entity(backend, kind, name)
            boundary = call._get_param("PermissionsBoundary") or (entity and boundary_of(entity))
            keys = {"iam:PermissionsBoundary": boundary, "iam:PolicyARN": policy}
            arn = entity.arn if entity else _iam_arn(call, kind, name)
            yield arn, {key: value for key, value in keys.items() if value}
            return
    match operation:
        case "CreatePolicy":
            yield _iam_arn(call, "policy", call._get_param("PolicyName")), {}
        case "GetAccessKeyLastUsed":
            user = backend.get_user_from_access_key_id(call._get_param("AccessKeyId"))
            yield user.arn if user else "*", {}
        case "GetUser" | "ListAccessKeys" | "CreateAccessKey" | "DeleteAccessKey":
            yield caller.context["aws:PrincipalArn"], {}
        case _:
            yield policy or call._get_param("OpenIDConnectProviderArn") or "*", {}


# Parameter -> kind of entity. The first one that a call has names its resource.
_IAM_NAMES = {
    "InstanceProfileName": "instance-profile",
    "GroupName": "group",
    "RoleName": "role",
    "UserName": "user",
}


def _entity(backend: IAMBackend, kind: str, name: str) -> Role | User | Group | None:
    match kind:
        case "role":
            return next((role for role in backend.get_roles() if role.name == name), None)
        case "user":
            return backend.users.get(name)
        case "group":
            return backend.groups.get(name)
    return None


def _iam_arn(call: BaseResponse, kind: str, name: str) -> str:
    path = call._get_param("Path") or "/"
    return f"arn:{call.partition}:iam::{call.current_account}:{kind}{path}{name}"


def _sts(call: BaseResponse, caller: Caller) -> Iterator[Target]:
    parameters = {"sts:ExternalId": "ExternalId", "sts:RoleSessionName": "RoleSessionName"}
    keys = {key: value for key, name in parameters.items() if (value := call._get_param(name))}
    yield call._get_param("RoleArn") or "*", keys


def _secretsmanager(call: BaseResponse, caller: Caller) -> Iterator[Target]:
    given = call._get_param("SecretId") or call._get_param("Name")
    if not given:
        yield "*", {}
        return
    found = secretsmanager_backends[call.current_account][call.region].secrets.get(given)
    own = f"arn:{call.partition}:secretsmanager:{call.region}:{call.current_account}:secret:"
    yield found.arn if found else given if given.startswith("arn:") else own + given, {}


def _bedrock(call: BaseResponse, caller: Caller) -> Iterator[Target]:
    own = f"arn:{call.partition}:bedrock:{call.region}:{call.current_account}:"
    if guardrail := call._get_param("guardrailIdentifier"):
        yield guardrail if guardrail.startswith("arn:") else f"{own}guardrail/{guardrail}", {}
    elif profile := call._get_param("inferenceProfileIdentifier"):
        yield profile if profile.startswith("arn:") else f"{own}inference-profile/{profile}", {}
    elif model := call._get_param("modelIdentifier"):
        yield arns.foundation_model(call.region, model.rpartition("/")[2]), {}
    else:
        yield call._get_param("resourceARN") or "*", {}


def _bedrock_runtime(call: BaseResponse, caller: Caller) -> Iterator[Target]:
    """Yield the model; for a cross-Region profile, the profile and the model in every destination region.

    Source: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
    """
    invoked = str(call._get_param("modelId")).rpartition("/")[2]
    guarded: dict[str, str] = {}
    if guardrail := call._get_param("guardrailIdentifier"):
        own = f"arn:{call.partition}:bedrock:{call.region}:{call.current_account}:guardrail/"
        arn = guardrail if guardrail.startswith("arn:") else own + guardrail
        applied = AppliedGuardrail(arn, call._get_param("guardrailVersion"))
        guarded["bedrock:GuardrailIdentifier"] = applied.identifier
    geography, _, bedrock_id = invoked.partition(".")
    model = catalogue.find_model(bedrock_id) if geography in catalogue.GEOGRAPHIES else None
    if model is None:
        yield arns.foundation_model(call.region, invoked), guarded
        return
    profile = arns.inference_profile(call.region, call.current_account, invoked)
    yield profile, guarded
    for region in model.destinations(geography, call.region):
        routed = {"aws:RequestedRegion": region or "unspecified", PROFILE_KEY: profile}
        yield arns.foundation_model(region, bedrock_id), {**guarded, **routed}


_RESOURCES: Mapping[str, Callable[[BaseResponse, Caller], Iterator[Target]]] = {
    "bedrock": _bedrock,
    "bedrock-runtime": _bedrock_runtime,
    "iam": _iam,
    "secretsmanager": _secretsmanager,
    "sts": _sts,
}


def _tags(call: BaseResponse) -> Context:
    """Return the condition keys about the tags that a call sets or removes."""
    given: Any = call._get_param("Tags") or call._get_param("tags") or []
    pairs = {
        tag.get("Key", tag.get("key")): tag.get("Value", tag.get("value"))
        for tag in given
        if isinstance(tag, Mapping)
    }
    names = [*pairs, *(call._get_param("TagKeys") or call._get_param("tagKeys") or [])]
    if not names:
        return {}
    return {"aws:TagKeys": names, **{f"aws:RequestTag/{key}": str(value) for key, value in pairs.items()}}
