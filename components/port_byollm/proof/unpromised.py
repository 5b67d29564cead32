"""What the policies permit beyond their promise, in every context that their conditions distinguish."""

import json
from collections.abc import Iterator, Mapping

from port_byollm.iam.candidates import GUARDRAIL_KEY
from port_byollm.iam.evaluator import Request, Undecidable
from port_byollm.iam.permissions import PROFILE_KEY, Permission, Permissions
from port_byollm.iam.witnesses import is_of_service
from port_byollm.proof.claim import Claim, Group
from port_byollm.proof.connection import Connection
from port_byollm.proof.other_calls import OTHER_KIND, OTHER_MODEL, OTHER_PROFILE
from port_byollm.proof.requests import APPLY_GUARDRAIL, REGION_KEY, Calls, with_context

_ANYTHING = "whatever else the policies permit is done"
_OTHERS = {"foundation-model": OTHER_MODEL, "inference-profile": OTHER_PROFILE}


def unpromised(connection: Connection) -> Iterator[Claim]:
    """Yield one claim for each action on each model or profile, and one for each other action."""
    promise = _Promise(connection)
    broken: dict[tuple[str, str, str], list[Request]] = {}
    try:
        permitted = Permissions([json.dumps(document) for document in connection.documents])
    except Undecidable as error:
        yield _claim(_ANYTHING, "", f"the policies cannot be tried out: {error}")
        return
    for permission in permitted.all:
        if not promise.covers(permission) and not any(map(is_of_service, permission.context)):
            request = _request(connection.calls, permission)
            broken.setdefault((permission.action, *promise.broken_by(permission)), []).append(request)
    for (_, what, model), requests in broken.items():
        yield connection.none_of(_claim(what, model), requests)


def _claim(what: str, model: str, reason: str = "") -> Claim:
    return Claim(Group.IMPOSSIBLE, what, allowed=False, model=model, reason=reason)


def _request(calls: Calls, permission: Permission) -> Request:
    """Return the gateway's request, with no guardrail but the one in the permission's context."""
    named = permission.arn.region if permission.resource != "*" else ""
    region = named or permission.context.get(REGION_KEY.lower(), "")
    request = calls.guarded_by(None).request(permission.action, permission.resource, region)
    return with_context(request, permission.context)


class _Promise:
    """What a connection's policies are supposed to permit."""

    def __init__(self, connection: Connection) -> None:
        subject = connection.subject
        self._is_pinned, self._takes_any_model = subject.scope == "pinned", subject.all_models
        self._guardrail, self._any_version = connection.calls.guardrail, connection.takes_any_version
        # With all models: any profile of the geography, and any model through one of these.
        self._any_profile = connection.calls.profile_arn(f"{subject.geography}.")
        self._profiles = {connection.calls.profile_arn(route.profile): route for route in connection.routes}
        self._destinations = {region for route in connection.routes for region in route.destinations}

    def broken_by(self, permission: Permission) -> tuple[str, str]:
        """Describe a permission that is not covered: the claim that it breaks, and its model or profile."""
        if not permission.invokes or permission.resource == "*":
            return _ANYTHING, ""
        kind, _, name = permission.arn.resource.partition("/")
        enabled = {one for route in self._profiles.values() for one in (route.bedrock_id, route.profile)}
        is_known = name in enabled or (self._takes_any_model and kind in _OTHERS)
        return _ANYTHING if is_known else _OTHERS.get(kind, OTHER_KIND), name

    def covers(self, permission: Permission) -> bool:
        if permission.action == APPLY_GUARDRAIL:
            # The documented statement names models' ARNs, on which the action has no effect.
            return not self._is_pinned or (
                self._guardrail is not None and permission.resource == self._guardrail.arn
            )
        if permission.model is not None:
            return self._covers_model(permission, permission.model)
        if permission.profile is not None:
            return self._covers_profile(permission)
        return False

    def _covers_model(self, permission: Permission, model: str) -> bool:
        route = self._profiles.get(through := permission.context.get(PROFILE_KEY, ""))
        if not self._is_pinned:
            return self._takes_any_model or model in {each.bedrock_id for each in self._profiles.values()}
        if self._takes_any_model:
            routed = through.startswith(self._any_profile) and permission.arn.region in self._destinations
        else:
            routed = route is not None and (
                model == route.bedrock_id and permission.arn.region in route.destinations
            )
        return routed and self._is_guarded(permission.context)

    def _covers_profile(self, permission: Permission) -> bool:
        if not self._is_pinned and self._takes_any_model:
            return True
        if not self._is_pinned:
            return permission.profile in {route.profile for route in self._profiles.values()}
        if self._takes_any_model:
            known = permission.resource.startswith(self._any_profile)
        else:
            known = permission.resource in self._profiles
        return known and self._is_guarded(permission.context)

    def _is_guarded(self, context: Mapping[str, str]) -> bool:
        if self._guardrail is None:
            return True
        applied = context.get(GUARDRAIL_KEY, "")
        if self._any_version:
            return applied == self._guardrail.arn or applied.startswith(f"{self._guardrail.arn}:")
        return applied == self._guardrail.identifier
