"""The calls of models that the role's (or user's) permissions must not allow."""

from collections.abc import Iterator
from dataclasses import replace

from port_byollm.catalogue import GEOGRAPHIES, all_models, profile_id, source_regions
from port_byollm.iam.witnesses import INVENTED
from port_byollm.proof.claim import Claim, Group
from port_byollm.proof.connection import Connection, Route
from port_byollm.proof.requests import INVOKE_ACTIONS, AppliedGuardrail

OTHER_MODEL = "a model that is not enabled is called"
OTHER_PROFILE = "a profile that is not enabled is called"
OTHER_KIND = "another kind of model is called"
_KINDS = (
    "application-inference-profile",
    "custom-model",
    "custom-model-deployment",
    "imported-model",
    "prompt-router",
    "provisioned-model",
)


def other_models(connection: Connection) -> Iterator[Claim]:
    """Yield claims about the catalog's models that are not enabled, and about other kinds of models.

    If any model may be called, only about other kinds.
    """
    subject, calls = connection.subject, connection.calls
    enabled = {route.bedrock_id for route in connection.routes}
    known = {} if subject.all_models else {one.bedrock_id: one.name for one in all_models() if one.bedrock_id}
    for action in INVOKE_ACTIONS:
        for bedrock_id, name in known.items():
            if bedrock_id in enabled:
                continue
            profile = profile_id(subject.geography, bedrock_id)
            yield connection.call(_claim(OTHER_PROFILE, name, profile), calls.of_profile(action, profile))
            yield connection.call(
                _claim(OTHER_MODEL, name), calls.of_model(action, bedrock_id, subject.region)
            )
            for through in (profile, *(route.profile for route in connection.routes)):
                request = calls.of_model(action, bedrock_id, subject.region, through)
                yield connection.call(_claim(OTHER_MODEL, name, through), request)
        for kind in _KINDS:
            resource = f"arn:aws:bedrock:{subject.region}:{connection.account}:{kind}/{INVENTED}"
            yield connection.call(_claim(OTHER_KIND), calls.request(action, resource))


def other_ways(connection: Connection) -> Iterator[Claim]:
    """Yield claims about the enabled models, called in ways that the subject's scope excludes."""
    subject = connection.subject
    for route in connection.routes:
        for action in INVOKE_ACTIONS:
            if subject.scope == "pinned" or not subject.all_models:
                yield from _through_other_geographies(connection, route, action)
            if subject.scope == "pinned":
                yield from _without_profile(connection, route, action)
                yield from _in_other_regions(connection, route, action)


def _through_other_geographies(connection: Connection, route: Route, action: str) -> Iterator[Claim]:
    for geography in GEOGRAPHIES:
        if geography != connection.subject.geography and geography in route.model.profiles:
            profile = profile_id(geography, route.bedrock_id)
            claim = _claim("the profile of another geography is called", route.model.name, profile)
            yield connection.call(claim, connection.calls.of_profile(action, profile))


def _without_profile(connection: Connection, route: Route, action: str) -> Iterator[Claim]:
    claim = _claim("the model is called without its profile", route.model.name)
    for region in dict.fromkeys((connection.subject.region, *route.destinations)):
        yield connection.call(claim, connection.calls.of_model(action, route.bedrock_id, region))


def _in_other_regions(connection: Connection, route: Route, action: str) -> Iterator[Claim]:
    subject, calls = connection.subject, connection.calls
    claim = _claim("the model is called outside of its destinations", route.model.name, route.profile)
    for region in source_regions("global"):
        if region not in (*route.destinations, subject.region):
            request = calls.of_model(action, route.bedrock_id, region, route.profile)
            yield connection.call(claim, request)
    claim = _claim("the profile is called from another region", route.model.name, route.profile)
    for region in source_regions(subject.geography):
        if region != subject.region:
            there = replace(calls, region=region)
            yield connection.call(claim, there.of_profile(action, route.profile))


def other_guardrails(connection: Connection) -> Iterator[Claim]:
    """Yield claims about calls without the required guardrail or with another, and about applying another."""
    guardrail = connection.calls.guardrail
    if guardrail is None or connection.subject.scope != "pinned":
        return
    other = AppliedGuardrail(f"{guardrail.arn}other", "1")
    yield from _guarded_by(connection, None, "the model is called without the guardrail")
    yield from _guarded_by(connection, other, "the model is called with another guardrail")
    if not connection.takes_any_version:
        version = replace(guardrail, version="2" if guardrail.version == "1" else "1")
        yield from _guarded_by(
            connection, version, "the model is called with another version of the guardrail"
        )
    claim = replace(_claim("another guardrail is applied"), guardrail=other.arn)
    for request in connection.calls.guarded_by(other).of_guardrail():
        yield connection.call(claim, request)


def _guarded_by(connection: Connection, guardrail: AppliedGuardrail | None, what: str) -> Iterator[Claim]:
    calls = connection.calls.guarded_by(guardrail)
    for route in connection.routes:
        claim = _claim(what, route.model.name, route.profile)
        claim = replace(claim, guardrail=guardrail.identifier if guardrail else "none")
        for request in calls.through(route.bedrock_id, route.profile, route.destinations):
            yield connection.call(claim, request)


def _claim(what: str, model: str = "", profile: str = "") -> Claim:
    return Claim(Group.IMPOSSIBLE, what, allowed=False, model=model, profile=profile)
