"""The requests that IAM decides when Port's gateway assumes a role and calls a model.

AWS authorizes a call through a cross-Region inference profile on the profile in the source region, and on the
model in whichever destination region serves it
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
    """A caller. `arn` is the ARN that AWS names in a denial, `owner_arn` that of its role or user."""

    arn: str
    owner_arn: str

    @classmethod
    def of_role(cls, role_arn: str, session: str = "port-llm-gateway") -> "Caller":
        """Return a session of the role. Its ARN omits the role's path."""
        name = role_arn.rpartition("/")[2]
        account = arns.parse(role_arn).account
        return cls(f"arn:aws:sts::{account}:assumed-role/{name}/{session}", role_arn)

    @property
    def account(self) -> str:
        return arns.parse(self.arn).account

    @property
    def context(self) -> dict[str, str]:
        """The condition keys of every request by the caller."""
        keys = _principal(self.owner_arn)
        kind, _, name = arns.parse(self.owner_arn).resource.partition("/")
        return keys | ({"aws:username": name.rpartition("/")[2]} if kind == "user" else {})


@dataclass(frozen=True)
class AppliedGuardrail:
    """The guardrail that calls name; its draft, if `version` is missing."""

    arn: str
    version: str | None = None

    @property
    def identifier(self) -> str:
        """The value of `bedrock:GuardrailIdentifier`: the ARN, with `:version` unless it is the draft."""
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
        """Return the request of a call that is about the profile itself."""
        return self.request(action, self.profile_arn(profile))

    def of_model(self, action: str, bedrock_id: str, region: str, profile: str | None = None) -> Request:
        """Return the request about the model in one region; without `profile`, for a direct call."""
        through = {} if profile is None else {PROFILE_KEY: self.profile_arn(profile)}
        return self.request(action, arns.foundation_model(region, bedrock_id), region=region, **through)

    def through(self, bedrock_id: str, profile: str, destinations: Sequence[str]) -> Iterator[Request]:
        """Yield all requests for calling a model through its profile, wherever the call is routed."""
        for action in INVOKE_ACTIONS:
            yield self.of_profile(action, profile)
            for destination in destinations:
                yield self.of_model(action, bedrock_id, destination, profile)

    def of_guardrail(self) -> Iterator[Request]:
        """Yield the request for applying the guardrail, if there is one."""
        if self.guardrail:
            context = {**self.caller.context, REGION_KEY: self.region}
            yield Request(self.caller.arn, APPLY_GUARDRAIL, self.guardrail.arn, context)

    def request(self, action: str, resource: str, region: str | None = None, **keys: str) -> Request:
        """Return any request. `region` defaults to the source region; `""` stands for global routing."""
        requested = (self.region if region is None else region) or "unspecified"
        guarded = {_GUARDRAIL_KEY: self.guardrail.identifier} if self.guardrail else {}
        context = {**self.caller.context, REGION_KEY: requested, **guarded, **keys}
        return Request(self.caller.arn, action, resource, context)


def assume_role(principal: str, role_arn: str, external_id: str | None, action: str = ASSUME_ROLE) -> Request:
    """Return the request by which `principal` assumes a role. `action` differs for federated sign-in."""
    keys = {} if external_id is None else {EXTERNAL_ID_KEY: external_id}
    return Request(principal, action, role_arn, {**_principal(principal), **keys})


def with_context(request: Request, context: Mapping[str, str]) -> Request:
    """Return `request` with further condition keys. Those that it already has stay as they are."""
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
