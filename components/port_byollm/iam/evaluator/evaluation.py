"""The order in which IAM weighs documents."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from port_byollm.iam import arns
from port_byollm.iam.evaluator.conditions import context_of
from port_byollm.iam.evaluator.policy import (
    CompiledPolicy,
    CompiledStatement,
    Kind,
    Question,
    compile_policy,
    compile_resource_policy,
)
from port_byollm.iam.evaluator.principals import Caller, Named
from port_byollm.iam.evaluator.request import Decision, Request, Undecidable, Verdict

Document = Mapping[str, Any]
Levels = Sequence[Document] | Sequence[Sequence[Document]]
"""Policies of one level of the organisation, or of each level from the root down to the account."""

_INSTEAD = {"bedrock:converse": "InvokeModel", "bedrock:conversestream": "InvokeModelWithResponseStream"}


class Evaluator:
    """Documents that belong together, read once and asked as often as needed.

    Identity policies, boundary and SCPs are the caller's; the resource policy and RCPs the resource's.
    Raises Undecidable for a document that IAM would refuse, or that holds what is not known here.
    """

    def __init__(
        self,
        *,
        identity_policies: Sequence[Document],
        resource_policy: Document | None = None,
        permission_boundary: Document | None = None,
        scps: Levels = (),
        rcps: Levels = (),
    ) -> None:
        self._identity = [
            compile_policy(document, Kind.IDENTITY, f"identity policy {number}")
            for number, document in enumerate(identity_policies, 1)
        ]
        self._resource = [] if resource_policy is None else [compile_resource_policy(resource_policy)]
        self._boundary = (
            []
            if permission_boundary is None
            else [compile_policy(permission_boundary, Kind.BOUNDARY, "the permission boundary")]
        )
        self._scps = _levels(scps, Kind.SCP)
        self._rcps = _levels(rcps, Kind.RCP)

    def evaluate(self, request: Request) -> Verdict:
        """Decide one request; raises Undecidable where IAM would refuse it."""
        question = _question(request)
        account = request.resource_account or _account(question)
        is_role = question.action.lower().startswith("sts:") and ":role/" in question.resource
        self._check_resource_policy(is_role)
        guard_rails = [*self._scps, *self._rcps]
        documents = [
            *self._identity,
            *self._resource,
            *self._boundary,
            *(p for level in guard_rails for p in level),
        ]
        for statement in _applying(documents, question, allows=False):
            return Verdict(Decision.EXPLICITLY_DENIED, f"{statement.label} denies it")

        grants = _applying(self._resource, question, allows=True)
        grant = max(grants, key=lambda statement: statement.named(question), default=None)
        named = grant.named(question) if grant else Named.NOT
        crosses = account != question.caller.account
        identity_needed = crosses or named <= Named.ACCOUNT
        needed: list[tuple[str, Sequence[CompiledPolicy]]] = []
        # A role, and whatever is in another account, must agree; elsewhere the resource may be silent.
        if is_role or crosses:
            needed.append(("the trust policy" if is_role else "the resource policy", self._resource))
        if identity_needed:
            needed.append(("the identity policies", self._identity))
        if self._boundary and (identity_needed or named is Named.ROLE):
            needed.append(("the permission boundary", self._boundary))
        for kind, levels in (("SCPs", self._scps), ("RCPs", self._rcps)):
            needed += [(f"the {kind} of level {number}", level) for number, level in enumerate(levels, 1)]

        allowing = [] if grant is None else [grant.label]
        for whose, policies in needed:
            found = next(_applying(policies, question, allows=True), None)
            if found is None:
                return Verdict(Decision.IMPLICITLY_DENIED, _missing(whose, policies, question))
            allowing.append(found.label)
        return Verdict(Decision.ALLOWED, f"allowed by {', '.join(dict.fromkeys(allowing))}")

    def _check_resource_policy(self, is_role: bool) -> None:
        if is_role and not self._resource:
            raise Undecidable("the trust policy", "there is none, and every role has one")
        if any((policy.kind is Kind.TRUST) != is_role for policy in self._resource):
            problem = "has a Resource, which a trust policy has not" if is_role else "has no Resource"
            raise Undecidable("the resource policy", problem)


def evaluate(
    request: Request,
    *,
    identity_policies: Sequence[Document],
    resource_policy: Document | None = None,
    permission_boundary: Document | None = None,
    scps: Levels = (),
    rcps: Levels = (),
) -> Verdict:
    """Decide one request over documents as plain JSON; `Evaluator` decides many over the same ones.

    Raises Undecidable where IAM would refuse a document or the request, or for what is not known here.
    """
    evaluator = Evaluator(
        identity_policies=identity_policies,
        resource_policy=resource_policy,
        permission_boundary=permission_boundary,
        scps=scps,
        rcps=rcps,
    )
    return evaluator.evaluate(request)


def _levels(given: Levels, kind: Kind) -> list[list[CompiledPolicy]]:
    levels: Sequence[Any] = [given] if any(isinstance(entry, Mapping) for entry in given) else given
    return [
        [
            compile_policy(document, kind, f"{kind.value} {number} of level {level}")
            for number, document in enumerate(documents, 1)
        ]
        for level, documents in enumerate(levels, 1)
    ]


def _question(request: Request) -> Question:
    caller = Caller.parse(request.principal, "request, principal")
    if not re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9]+", request.action):
        raise Undecidable("request, action", f"{request.action!r} is no action")
    if instead := _INSTEAD.get(request.action.lower()):
        raise Undecidable(
            "request, action", f"{request.action} is no action: it is judged as bedrock:{instead}"
        )
    if request.resource != "*":
        try:
            arns.parse(request.resource)
        except ValueError as error:
            raise Undecidable("request, resource", str(error)) from None
        if "*" in request.resource or "?" in request.resource:
            raise Undecidable("request, resource", "a request is about one resource, without wildcards")
    return Question(caller, request.action, request.resource, context_of(request.context))


def _account(question: Question) -> str:
    account = "" if question.resource == "*" else arns.parse(question.resource).account
    return account or question.caller.account


def _applying(
    policies: Iterable[CompiledPolicy], question: Question, *, allows: bool
) -> Iterator[CompiledStatement]:
    return (
        statement
        for policy in policies
        for statement in policy.statements
        if statement.allows is allows and statement.applies(question)
    )


def _missing(whose: str, policies: Sequence[CompiledPolicy], question: Question) -> str:
    """The sentence about an allow that is not there, with the statement that comes nearest to it."""
    missing = f"nothing in {whose} allows {question.action} on {question.resource}"
    allowing = (statement for policy in policies for statement in policy.statements if statement.allows)
    obstacles, statement = min(
        ((statement.obstacles(question), statement) for statement in allowing),
        key=lambda candidate: [obstacle is not None for obstacle in candidate[0]],
        default=((missing,), None),
    )
    if statement is None or obstacles[0]:
        return missing
    return f"{missing}; nearest is {statement.label}, but {' and '.join(filter(None, obstacles))}"
