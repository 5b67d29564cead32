"""Bedrock, whoever calls it: may the caller invoke each model in a region?

Decided from the documents in the sandbox's IAM, as AWS would decide the calls that Port's gateway makes:
InvokeModel and InvokeModelWithResponseStream on the inference profile and on the model in each region that
the profile may route to (https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from port_byollm.catalogue import Model, find_model, lookup, profile_id
from port_byollm.iam import arns
from port_byollm.iam.evaluator import Decision, Evaluator, Request, Undecidable
from port_byollm_sandbox.port_emulator import wire
from port_byollm_sandbox.port_emulator.validation.iam_reader import Document

INVOKE_ACTIONS = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")


class NotSignedInError(Exception):
    """The credentials lead nowhere, so that no model can be tested. Its text is for Port's user."""


@dataclass(frozen=True)
class Guardrail:
    """A guardrail by id or ARN; without a version, its draft."""

    identifier: str
    version: str | None

    def arn(self, region: str, account: str) -> str:
        if self.identifier.startswith("arn:"):
            return self.identifier
        return f"arn:aws:bedrock:{region}:{account}:guardrail/{self.identifier}"

    def condition_value(self, region: str, account: str) -> str:
        """Value of `bedrock:GuardrailIdentifier`: the ARN, with `:version` unless it is the draft."""
        draft = self.version in (None, "", "DRAFT")
        return self.arn(region, account) + ("" if draft else f":{self.version}")


@dataclass(frozen=True)
class Target:
    """Where models are invoked, and how."""

    region: str
    guardrail: Guardrail | None = None
    profiles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Model x region -> geography or profile id, where Port calls another than the region's geography's."""

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
        """Of the profile that Port calls for the model here; None where the region has none for it."""
        chosen = self.profiles.get(model.name, {}).get(self.region)
        if chosen is not None:
            return chosen.partition(".")[0]
        return next((one for one in model.geographies(self.region) if one != "global"), None)


@dataclass(frozen=True)
class Caller:
    """Who invokes, and the documents in IAM that decide what it may do."""

    arn: str
    """As AWS names it in a denial: a role's session, or a user."""
    owner_arn: str
    """Of the role or user that the policies belong to."""
    identity: tuple[Document, ...]
    boundary: Document | None
    context: Mapping[str, str]
    """Condition keys of the caller's."""

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]


@dataclass(frozen=True)
class Call:
    """One thing that IAM is asked when a model is invoked."""

    action: str
    resource: str
    context: Mapping[str, str]


def test(sign_in: Callable[[], Caller], target: Target, models: Sequence[str]) -> dict[str, str | None]:
    """Model -> why it cannot be invoked, or None where it can. Blocks.

    Raises NotSignedInError where `sign_in` does.
    """
    lookup.forget()  # the catalogue may have been refreshed since the last test
    caller = sign_in()
    try:
        policies = Evaluator(identity_policies=caller.identity, permission_boundary=caller.boundary)
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
    denials = [
        denial
        for call in _calls(caller.account, target, model.bedrock_id, profile, destinations)
        if (denial := _denial(caller, policies, call)) is not None
    ]
    if not denials:
        return None
    more = f" (and {len(denials) - 1} more such denials)" if len(denials) > 1 else ""
    return f"AccessDeniedException: {denials[0]}{more}"


def _calls(
    account: str, target: Target, bedrock_id: str, profile: str, destinations: Sequence[str]
) -> Iterator[Call]:
    region, guardrail = target.region, target.guardrail
    profile_arn = arns.inference_profile(region, account, profile)
    guarded = {}
    if guardrail is not None:
        guarded = {"bedrock:GuardrailIdentifier": guardrail.condition_value(region, account)}
        yield Call("bedrock:ApplyGuardrail", guardrail.arn(region, account), {"aws:RequestedRegion": region})
    for action in INVOKE_ACTIONS:
        yield Call(action, profile_arn, {"aws:RequestedRegion": region, **guarded})
        for destination in destinations:
            # The empty region is that of the ARN which stands for global routing.
            context = {
                "aws:RequestedRegion": destination or "unspecified",
                "bedrock:InferenceProfileArn": profile_arn,
                **guarded,
            }
            yield Call(action, arns.foundation_model(destination, bedrock_id), context)


def _denial(caller: Caller, policies: Evaluator, call: Call) -> str | None:
    """AWS's sentence for a call that is not allowed, with the reason; None for one that is."""
    request = Request(
        principal=caller.arn,
        action=call.action,
        resource=call.resource,
        context={**caller.context, **call.context},
    )
    verdict = policies.evaluate(request)
    if verdict.decision is Decision.ALLOWED:
        return None
    return (
        f"User: {caller.arn} is not authorized to perform: {call.action}"
        f" on resource: {call.resource}: {verdict.reason}"
    )
