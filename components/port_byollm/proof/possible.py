"""What must be possible: each gateway assumes the role, and calls each model wherever it is routed to."""

from collections.abc import Iterator

from port_byollm.iam.evaluator import Request
from port_byollm.proof.claim import Claim, Group
from port_byollm.proof.connection import Connection
from port_byollm.proof.requests import PROFILE_KEY
from port_byollm.proof.subject import Role

Cell = tuple[Claim, Request]


def assumptions(connection: Connection) -> Iterator[Cell]:
    """Yield a claim for each expected gateway with each accepted external ID, or none if not required."""
    role = connection.subject.identity
    if isinstance(role, Role):
        claim = Claim(Group.ASSUME, "Port's gateway assumes the role", allowed=True)
        for principal in role.gateways.values():
            for external_id in role.external_ids or (None,):
                yield connection.assumption(claim, principal, external_id)


def unknown_invocations(connection: Connection) -> Iterator[Claim]:
    """Yield unknown claims for enabled models that the catalog does not know."""
    for name in connection.subject.unknown_models:
        yield Claim(
            Group.INVOKE,
            "the model is called",
            allowed=True,
            model=name,
            reason=f"{name} is enabled in Port but not in the catalog, so its profile is unknown; "
            "update port-byollm, or disable the model",
        )


def invocations(connection: Connection) -> Iterator[Cell]:
    """Yield a claim for each model through its profile, in every region that serves it."""
    calls = connection.calls
    guardrail = calls.guardrail.identifier if calls.guardrail else ""
    for request in calls.of_guardrail():
        claim = Claim(Group.INVOKE, "the guardrail is applied", allowed=True, guardrail=guardrail)
        yield connection.call(claim, request), request
    for route in connection.routes:
        for request in calls.through(route.bedrock_id, route.profile, route.destinations):
            routed = PROFILE_KEY in request.context
            claim = Claim(
                Group.INVOKE,
                "the model is called" if routed else "the profile is called",
                allowed=True,
                model=route.model.name,
                profile=route.profile,
                guardrail=guardrail,
            )
            yield connection.call(claim, request), request
