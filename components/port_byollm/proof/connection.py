"""A subject, made ready to be asked about."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from port_byollm.catalogue import Model, profile_id
from port_byollm.errors import ConfigError
from port_byollm.iam.evaluator import Decision, Request
from port_byollm.proof.claim import Claim
from port_byollm.proof.judge import ALLOW_ALL, Answer, Judge
from port_byollm.proof.requests import (
    ASSUME_ROLE,
    REGION_KEY,
    AppliedGuardrail,
    Caller,
    Calls,
    assume_role,
    with_context,
)
from port_byollm.proof.subject import Document, ExternalId, Policy, Role, Subject, Unknown

_UNKNOWN_ACCOUNT = "000000000000"
_NO_KEYS: Mapping[str, str] = {}


@dataclass(frozen=True)
class Route:
    """An enabled model, the profile that it is called through, and the regions that serve it."""

    model: Model
    bedrock_id: str
    profile: str
    destinations: tuple[str, ...]


class Connection:
    """Raises ConfigError for a model without a profile in the subject's geography and region.

    And where there is no gateway or no model: of nothing, everything holds.
    """

    def __init__(self, subject: Subject) -> None:
        if not subject.models:
            raise ConfigError("models", "none is enabled, so that there is nothing to prove", "enable one")
        if isinstance(subject.identity, Role) and not subject.identity.gateways:
            raise ConfigError("gateways", "none is to be admitted, so that there is nothing to prove")
        self.subject = subject
        self.routes = [_route(subject, model) for model in subject.models]
        account, identity, guardrail = subject.account, subject.identity, subject.guardrail
        problems = {
            "the account": account,
            "the role's ARN" if isinstance(identity, Role) else "the user's ARN": identity.arn,
        }
        self.account = _UNKNOWN_ACCOUNT if isinstance(account, Unknown) else account
        kind = "role" if isinstance(identity, Role) else "user"
        stand_in = f"arn:aws:iam::{self.account}:{kind}/unknown"
        self.arn = stand_in if isinstance(identity.arn, Unknown) else identity.arn
        caller = Caller.of_role(self.arn) if isinstance(identity, Role) else Caller(self.arn, self.arn)
        self.calls = Calls(caller, subject.region)
        if guardrail and not isinstance(guardrail, Unknown):
            self.calls = self.calls.guarded_by(AppliedGuardrail(guardrail.arn, guardrail.version))
        self._assuming = Judge(
            [Policy("assumed-of-the-caller", ALLOW_ALL)],
            trust=identity.trust_policy if isinstance(identity, Role) else None,
            rcps=subject.rcps,
            problem=_problem(problems),
        )
        self._calling = {
            prefix: Judge(
                subject.policies,
                trust=delegating,
                boundary=subject.boundary,
                scps=subject.scps,
                rcps=subject.rcps,
                problem=_problem({**problems, "the guardrail": guardrail}),
            )
            for prefix, delegating in self._delegations()
        }

    @property
    def trust(self) -> Document:
        """The role's trust policy, empty where it is unknown or cannot be read."""
        identity = self.subject.identity
        if isinstance(identity, Role) and not self._assuming.problem:
            return {} if isinstance(identity.trust_policy, Unknown) else identity.trust_policy
        return {}

    @property
    def documents(self) -> list[Document]:
        """The identity policies that are known, none where they cannot be read."""
        if self._calling[""].problem:
            return []
        found = (policy.document for policy in self.subject.policies)
        return [document for document in found if not isinstance(document, Unknown)]

    @property
    def takes_any_version(self) -> bool:
        """Whether the guardrail is demanded in whichever version."""
        guardrail = self.subject.guardrail
        return guardrail is not None and not isinstance(guardrail, Unknown) and guardrail.version is None

    def _delegations(self) -> Iterator[tuple[str, Document | None]]:
        """Action's prefix -> the resource's policy, where it must have one: it leaves it to the account."""
        everyone = {"Effect": "Allow", "Principal": {"AWS": self.account}}
        yield "sts:AssumeRole", _document({**everyone, "Action": "sts:AssumeRole"})
        yield "kms:", _document({**everyone, "Action": "kms:*", "Resource": "*"})
        yield "", None

    def assumption(
        self,
        claim: Claim,
        principal: str,
        external_id: ExternalId | None,
        context: Mapping[str, str] = _NO_KEYS,
        action: str = ASSUME_ROLE,
    ) -> tuple[Claim, Request]:
        """`claim` about `principal` assuming the role, decided; and what was asked.

        `context` are condition keys that the principal may bring along.
        """
        value = external_id.value if external_id else None
        known = None if isinstance(value, Unknown) else value
        request = assume_role(principal, self.arn, known, action)
        request = with_context(request, context)
        answer = self._assuming.decide(request)
        if isinstance(value, Unknown):
            answer = Answer(None, f"the external ID is unknown: {value.reason}")
        label = external_id.label if external_id else "none"
        return replace(_decided(claim, request, answer), external_id=label), request

    def call(self, claim: Claim, request: Request) -> Claim:
        """`claim` about a call of the gateway's, decided."""
        judge = next(judge for prefix, judge in self._calling.items() if request.action.startswith(prefix))
        return _decided(claim, request, judge.decide(request))

    def none_of(self, claim: Claim, requests: Iterable[Request]) -> Claim:
        """`claim` that no request of some is allowed, decided by the one that speaks most against it."""
        rank = {Decision.ALLOWED: 0, None: 1, Decision.IMPLICITLY_DENIED: 2, Decision.EXPLICITLY_DENIED: 2}
        decided = (self.call(claim, request) for request in requests)
        return min(decided, key=lambda one: rank[one.decided])


def _route(subject: Subject, model: Model) -> Route:
    destinations = model.destinations(subject.geography, subject.region)
    if model.bedrock_id is None or not destinations:
        raise ConfigError(
            "models",
            f"{model.name} has no profile of geography {subject.geography!r} that can be called from"
            f" {subject.region!r}",
            "leave it out, or use another geography or region",
        )
    return Route(model, model.bedrock_id, profile_id(subject.geography, model.bedrock_id), destinations)


def _problem(values: Mapping[str, object]) -> str:
    unknown = (
        f"{what} is unknown: {value.reason}" for what, value in values.items() if isinstance(value, Unknown)
    )
    return "; ".join(unknown)


def _decided(claim: Claim, request: Request, answer: Answer) -> Claim:
    region = request.context.get(REGION_KEY, "")
    return replace(
        claim,
        decided=answer.decision,
        reason=answer.reason,
        principal=request.principal.replace(_UNKNOWN_ACCOUNT, "unknown"),
        action=request.action,
        resource=request.resource.replace(_UNKNOWN_ACCOUNT, "unknown"),
        region=region if isinstance(region, str) else "",
    )


def _document(statement: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": [statement]}
