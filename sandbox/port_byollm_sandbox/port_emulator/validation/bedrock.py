"""Bedrock, by role or access keys: the test checks whether the caller may invoke each model in a region.

It decides the calls of Port's gateway as AWS would, from the documents in the sandbox's IAM. The calls are
those of the access proof (`port_byollm.proof.requests`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from port_byollm.catalogue import Model, find_model, lookup, profile_id
from port_byollm.iam.evaluator import Decision, Evaluator, Request, Undecidable
from port_byollm.proof import requests
from port_byollm_sandbox.port_emulator import wire
from port_byollm_sandbox.port_emulator.validation.iam_reader import Policy


class NotSignedInError(Exception):
    """The credentials are not accepted, so no model can be tested. The message is for Port's user."""


@dataclass(frozen=True)
class Guardrail:
    """A guardrail by id or ARN; the draft if `version` is None."""

    identifier: str
    version: str | None

    def applied(self, region: str, account: str) -> requests.AppliedGuardrail:
        arn = self.identifier
        if not arn.startswith("arn:"):
            arn = f"arn:aws:bedrock:{region}:{account}:guardrail/{arn}"
        return requests.AppliedGuardrail(arn, self.version)


@dataclass(frozen=True)
class Target:
    """The region, guardrail and profiles with which models are invoked."""

    region: str
    guardrail: Guardrail | None = None
    profiles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Model -> region -> geography or profile id, where Port does not use the region's geography."""

    @classmethod
    def parse(
        cls,
        config: wire.BedrockRoleConfig | wire.BedrockAccessKeysConfig,
        profiles: Mapping[str, Mapping[str, str]],
    ) -> Self:
        guardrail = None
        if config.guardrail_identifier:
            guardrail = Guardrail(config.guardrail_identifier, config.guardrail_version)
        return cls(config.region, guardrail, profiles)

    def geography(self, model: Model) -> str | None:
        """Return the geography of the profile that Port calls for the model; None if the region has none."""
        chosen = self.profiles.get(model.name, {}).get(self.region)
        if chosen is not None:
            return chosen.partition(".")[0]
        return next((name for name in model.geographies(self.region) if name != "global"), None)


@dataclass(frozen=True)
class Caller(requests.Caller):
    """The caller, and the documents in IAM that decide what it may do."""

    identity: tuple[Policy, ...]
    boundary: Policy | None


def test(sign_in: Callable[[], Caller], target: Target, models: Sequence[str]) -> dict[str, str | None]:
    """Model -> why it cannot be invoked, or None if it can. Blocks.

    Raises NotSignedInError if `sign_in` does.
    """
    lookup.forget()  # the catalog may have been refreshed since the last test
    caller = sign_in()
    try:
        policies = Evaluator(
            identity_policies=[policy.document for policy in caller.identity],
            permission_boundary=caller.boundary.document if caller.boundary else None,
        )
        return {model: _invoke(caller, policies, target, model) for model in models}
    except Undecidable as error:
        return dict.fromkeys(models, f"What {caller.owner_arn} may do cannot be judged: {error}")


def _invoke(caller: Caller, policies: Evaluator, target: Target, model_name: str) -> str | None:
    model = find_model(model_name)
    geography = None if model is None else target.geography(model)
    if model is None or model.bedrock_id is None or geography is None:
        return f"ValidationException: no inference profile of {model_name} can be called in {target.region}"
    destinations = model.destinations(geography, target.region)
    profile = profile_id(geography, model.bedrock_id)
    if not destinations:
        return f"ValidationException: inference profile {profile} cannot be called in {target.region}"
    guardrail = target.guardrail.applied(target.region, caller.account) if target.guardrail else None
    calls = requests.Calls(caller, target.region, guardrail)
    denials = [
        denial
        for request in (*calls.of_guardrail(), *calls.through(model.bedrock_id, profile, destinations))
        if (denial := _denial(policies, request)) is not None
    ]
    if not denials:
        return None
    more = f" (and {len(denials) - 1} more such denials)" if len(denials) > 1 else ""
    return f"AccessDeniedException: {denials[0]}{more}"


def _denial(policies: Evaluator, request: Request) -> str | None:
    """Return AWS's sentence for a denied call, with the reason; None if the call is allowed."""
    verdict = policies.evaluate(request)
    if verdict.decision is Decision.ALLOWED:
        return None
    return (
        f"User: {request.principal} is not authorized to perform: {request.action}"
        f" on resource: {request.resource}: {verdict.reason}"
    )
