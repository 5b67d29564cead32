"""What IAM is asked when Port's gateway assumes a role and calls a model.

A call through a cross-Region inference profile is authorised on the profile in the source region, and on the
model in the region that serves it, whichever of the destinations that is
(https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from port_byollm.iam import arns
from port_byollm.iam.evaluator import Request

ASSUME_ROLE = "sts:AssumeRole"
INVOKE_ACTIONS = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
APPLY_GUARDRAIL = "bedrock:ApplyGuardrail"
PROFILE_KEY = "bedrock:InferenceProfileArn"
REGION_KEY = "aws:RequestedRegion"
PRINCIPAL_KEY = "aws:PrincipalArn"
EXTERNAL_ID_KEY = "sts:ExternalId"
_GUARDRAIL_KEY = "bedrock:GuardrailIdentifier"


@dataclass(frozen=True)
class Caller:
    """Who calls. `arn` is the one that AWS names in a denial, `owner_arn` that of its role or user."""

    arn: str
    owner_arn: str

    @classmethod
    def of_role(cls, role_arn: str, session: str = "port-llm-gateway") -> "Caller":
        """A session of a role; its ARN drops the role's path."""
        name = role_arn.rpartition("/")[2]
        account = arns.parse(role_arn).account
        return cls(f"arn:aws:sts::{account}:assumed-role/{name}/{session}", role_arn)

    @property
    def account(self) -> str:
        return arns.parse(self.arn).account

    @property
    def context(self) -> dict[str, str]:
        """Condition keys that each of the caller's requests has."""
        keys = _principal(self.owner_arn)
        kind, _, name = arns.parse(self.owner_arn).resource.partition("/")
        return keys | ({"aws:username": name.rpartition("/")[2]} if kind == "user" else {})


@dataclass(frozen=True)
class AppliedGuardrail:
    """The guardrail that calls carry; without a version, its draft."""

    arn: str
    version: str | None = None

    @property
    def identifier(self) -> str:
        """Value of `bedrock:GuardrailIdentifier`: the ARN, with `:version` unless it is the draft."""
        return self.arn if self.version in (None, "", "DRAFT") else f"{self.arn}:{self.version}"


@dataclass(frozen=True)
class Calls:
    """Calls of models in one region by one caller, with or without a guardrail."""

    caller: Caller
    region: str
    guardrail: AppliedGuardrail | None = None

    def guarded_by(self, guardrail: AppliedGuardrail | None) -> "Calls":
        return replace(self, guardrail=guardrail)

    def profile_arn(self, profile: str) -> str:
        return arns.inference_profile(self.region, self.caller.account, profile)

    def of_profile(self, action: str, profile: str) -> Request:
        """The part of a call that is about the profile itself."""
        return self.request(action, self.profile_arn(profile))

    def of_model(self, action: str, bedrock_id: str, region: str, profile: str | None = None) -> Request:
        """The part about the model in one region; without `profile`, of a call that goes through none."""
        through = {} if profile is None else {PROFILE_KEY: self.profile_arn(profile)}
        return self.request(action, arns.foundation_model(region, bedrock_id), region=region, **through)

    def through(self, bedrock_id: str, profile: str, destinations: Sequence[str]) -> Iterator[Request]:
        """All that is asked about a model called through its profile, wherever the call is routed to."""
        for action in INVOKE_ACTIONS:
            yield self.of_profile(action, profile)
            for destination in destinations:
                yield self.of_model(action, bedrock_id, destination, profile)

    def of_guardrail(self) -> Iterator[Request]:
        """Applying the guardrail, where there is one."""
        if self.guardrail:
            context = {**self.caller.context, REGION_KEY: self.region}
            yield Request(self.caller.arn, APPLY_GUARDRAIL, self.guardrail.arn, context)

    def request(self, action: str, resource: str, region: str | None = None, **keys: str) -> Request:
        """Anything else; `region` is the source region unless given, `""` that of global routing."""
        requested = (self.region if region is None else region) or "unspecified"
        guarded = {_GUARDRAIL_KEY: self.guardrail.identifier} if self.guardrail else {}
        context = {**self.caller.context, REGION_KEY: requested, **guarded, **keys}
        return Request(self.caller.arn, action, resource, context)


def assume_role(principal: str, role_arn: str, external_id: str | None, action: str = ASSUME_ROLE) -> Request:
    """`principal` assumes a role, perhaps with an external ID; by another action who signs in elsewhere."""
    keys = {} if external_id is None else {EXTERNAL_ID_KEY: external_id}
    return Request(principal, action, role_arn, {**_principal(principal), **keys})


def with_context(request: Request, context: Mapping[str, str]) -> Request:
    """`request` with further condition keys; those that it has stay as they are."""
    own = {key.lower() for key in request.context}
    further = {key: value for key, value in context.items() if key.lower() not in own}
    return replace(request, context={**request.context, **further})


def _principal(arn: str) -> dict[str, str]:
    secure = {"aws:SecureTransport": "true"}
    try:
        account = arns.parse(arn).account
    except ValueError:
        return secure  # an AWS service
    return secure | {PRINCIPAL_KEY: arn, "aws:PrincipalAccount": account}
