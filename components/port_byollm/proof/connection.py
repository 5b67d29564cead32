"""A subject with its judges, ready to decide requests."""

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
    """An enabled model, the profile through which it is called, and the regions that serve it."""

    model: Model
    bedrock_id: str
    profile: str
    destinations: tuple[str, ...]


class Connection:
    """Decides the requests of one subject.

    Raises ConfigError if a model has no profile in the subject's geography and region, and if there is no
    gateway or no model: a proof without claims would hold.
    """

    def __init__(self, subject: Subject) -> None:
        if not subject.models:
            raise ConfigError("models", "none is enabled, so there is nothing to prove", "enable one")
        if isinstance(subject.identity, Role) and not subject.identity.gateways:
            raise ConfigError("gateways", "none is expected, so there is nothing to prove")
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
        """The role's trust policy; empty if it is unknown or invalid."""
        identity = self.subject.identity
        if isinstance(identity, Role) and not self._assuming.problem:
            return {} if isinstance(identity.trust_policy, Unknown) else identity.trust_policy
        return {}

    @property
    def documents(self) -> list[Document]:
        """The known identity policies; empty if any is invalid."""
        if self._calling[""].problem:
            return []
        documents = (policy.document for policy in self.subject.policies)
        return [document for document in documents if not isinstance(document, Unknown)]

    @property
    def takes_any_version(self) -> bool:
        """Whether a guardrail is required, in any version."""
        guardrail = self.subject.guardrail
        return guardrail is not None and not isinstance(guardrail, Unknown) and guardrail.version is None

    def _delegations(self) -> Iterator[tuple[str, Document | None]]:
        """Yield each action prefix with the policy of its resource, which delegates to the account.

        None stands for resources that need no policy of their own.
        """
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
        """Decide `claim`, that `principal` assumes the role; return it with the request.

        `context` are further condition keys of the request.
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
        """Decide `claim` about a call of Port's gateway."""
        judge = next(judge for prefix, judge in self._calling.items() if request.action.startswith(prefix))
        return _decided(claim, request, judge.decide(request))

    def none_of(self, claim: Claim, requests: Iterable[Request]) -> Claim:
        """Decide `claim`, that none of the requests is allowed, by the request with the worst decision."""
        rank = {Decision.ALLOWED: 0, None: 1, Decision.IMPLICITLY_DENIED: 2, Decision.EXPLICITLY_DENIED: 2}
        decided = (self.call(claim, request) for request in requests)
        return min(decided, key=lambda claim: rank[claim.decided])


def _route(subject: Subject, model: Model) -> Route:
    destinations = model.destinations(subject.geography, subject.region)
    if model.bedrock_id is None or not destinations:
        raise ConfigError(
            "models",
            f"{model.name} has no profile in geography {subject.geography!r} that can be called from"
            f" {subject.region!r}",
            "leave it out, or use another geography or region",
        )
    return Route(model, model.bedrock_id, profile_id(subject.geography, model.bedrock_id), destinations)


def _problem(values: Mapping[str, object]) -> str:
    unknown = (
        f"{name} is unknown: {value.reason}" for name, value in values.items() if isinstance(value, Unknown)
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
