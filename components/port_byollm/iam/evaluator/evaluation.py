"""IAM's evaluation logic: the order in which documents decide."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

from port_byollm.iam import arns
from port_byollm.iam.evaluator import actions
from port_byollm.iam.evaluator.conditions import context_of
from port_byollm.iam.evaluator.policy import (
    CompiledPolicy,
    CompiledStatement,
    Kind,
    Question,
    compile_policy,
    compile_resource_policy,
)
from port_byollm.iam.evaluator.principals import Kind as CallerKind
from port_byollm.iam.evaluator.principals import Named, parse_caller
from port_byollm.iam.evaluator.request import Decision, Request, Undecidable, Verdict

Document = Mapping[str, Any]
Levels = Sequence[Document] | Sequence[Sequence[Document]]
"""The policies of one level of the organization, or of each level from the root down to the account."""

_FULL_ACCESS: Document = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}
_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9-]+")


class _Layer(NamedTuple):
    """The statements of several documents, at least one of which must allow a request."""

    name: str
    allows: tuple[CompiledStatement, ...]
    denies: tuple[CompiledStatement, ...]

    @classmethod
    def of(cls, name: str, policies: Iterable[CompiledPolicy]) -> "_Layer":
        all_policies = [*policies]
        return cls(
            name,
            tuple(statement for policy in all_policies for statement in policy.allows),
            tuple(statement for policy in all_policies for statement in policy.denies),
        )


class Evaluator:
    """Decides any number of requests by the same documents, which it reads once.

    Identity policies, boundary and SCPs apply to the caller; resource policy and RCPs to the resource.
    `names` maps the default names of documents in reasons and errors (`identity policy 1`,
    `the permission boundary`, `SCP 2 of level 1`) to better ones.
    Raises Undecidable, for all documents at once, if IAM would refuse any.
    """

    def __init__(
        self,
        *,
        identity_policies: Sequence[Document],
        resource_policy: Document | None = None,
        permission_boundary: Document | None = None,
        scps: Levels = (),
        rcps: Levels = (),
        names: Mapping[str, str] | None = None,
    ) -> None:
        reader = _Reader(names or {})
        self._identity = _Layer.of(
            "the identity policies", reader.listed(identity_policies, Kind.IDENTITY, "identity policy")
        )
        boundary = "the permission boundary"
        bounds = reader.read(compile_policy, permission_boundary, Kind.BOUNDARY, reader.name(boundary))
        self._bounded = bool(bounds)
        self._boundary = _Layer.of(boundary, bounds)
        resource = reader.read(compile_resource_policy, resource_policy)
        self._resource_kind = resource[0].kind if resource else None
        trust = self._resource_kind is Kind.TRUST
        self._resource = _Layer.of("the trust policy" if trust else "the resource policy", resource)
        self._scps = reader.levels(scps, Kind.SCP)
        self._rcps = reader.levels(rcps, Kind.RCP)
        reader.finish()

    def evaluate(self, request: Request) -> Verdict:
        """Decide one request. Raises Undecidable if IAM would refuse it."""
        question, ignored = self._question(request)
        decision, explain = self._decide(question)
        return Verdict(decision, lambda: explain() + ignored)

    def _decide(self, question: Question) -> tuple[Decision, Callable[[], str]]:
        caller = question.caller
        if question.lowered_action == "sts:getcalleridentity":
            return (
                Decision.ALLOWED,
                lambda: "sts:GetCallerIdentity needs no permission and cannot be denied",
            )
        self._check_resource(question)
        resource = self._resource
        outside = caller.kind is CallerKind.EXTERNAL
        own = () if outside else (self._identity, self._boundary)
        scps = () if outside or caller.service_linked else self._scps
        rcps = () if caller.service_linked else self._rcps

        for layer in (*own, resource, *scps, *rcps):
            if statement := _first(question, layer.denies):
                return Decision.EXPLICITLY_DENIED, partial("{} denies it".format, statement.label)

        if caller.kind is CallerKind.ROOT and question.lowered_action == "sts:assumerole":
            return Decision.IMPLICITLY_DENIED, lambda: "an account's root user cannot assume a role"
        grant = _strongest(question, resource)
        named = grant.named(question) if grant else Named.NOT
        crosses = outside or question.account != caller.account
        needed = []
        # The policies of roles, KMS keys and resources in other accounts must allow; others may be silent.
        if crosses or _is_role(question) or _is_key(question):
            needed.append(resource)
        if caller.kind is not CallerKind.ROOT:
            if crosses or named <= Named.ACCOUNT:
                needed += own
            elif named is Named.ROLE:
                needed += own[1:]
        labels = [grant.label] if grant else []
        for layer in (*needed, *scps, *rcps):
            if layer is self._boundary and not self._bounded:
                continue
            statement = _first(question, layer.allows)
            if statement is None:
                return Decision.IMPLICITLY_DENIED, partial(_missing, layer, question)
            labels.append(statement.label)
        if caller.kind is CallerKind.ROOT:
            labels.append(f"being the root user of {caller.account}")
        return Decision.ALLOWED, lambda: f"allowed by {', '.join(dict.fromkeys(labels))}"

    def _check_resource(self, question: Question) -> None:
        """Raise Undecidable if the resource's policy is missing or belongs to another kind of resource."""
        is_role = _is_role(question)
        if question.lowered_action.startswith("sts:assumerole") and not is_role:
            raise Undecidable("request, resource", "is not a role, and only roles can be assumed")
        if is_role and self._resource_kind is None:
            raise Undecidable("the trust policy", "is missing, but every role has one")
        if _is_key(question) and self._resource_kind is None:
            raise Undecidable("the resource policy", "is missing, but every KMS key has one")
        if self._resource_kind is not None and (self._resource_kind is Kind.TRUST) != is_role:
            problem = "has a Resource, which a trust policy cannot have" if is_role else "has no Resource"
            raise Undecidable("the resource policy", problem)

    def _question(self, request: Request) -> tuple[Question, str]:
        """Return the question, and a clause about condition keys that such requests do not have."""
        caller = parse_caller(request.principal, "request, principal")
        action = _checked_action(request.action)
        in_arn = _account_of(request.resource)
        context = context_of(request.context)
        ignored = ""
        if action.startswith("sts:"):
            for key, carrier in actions.CARRIED_BY.items():
                if key.lower() in context and action != carrier.lower():
                    del context[key.lower()]
                    ignored = f" ({key} is not a key of {request.action} and was ignored)"
        given = request.resource_account
        if given is not None and not (isinstance(given, str) and arns.is_account(given)):
            raise Undecidable("request, resourceAccount", f"{given!r} is not an account id of 12 digits")
        account = given or in_arn or caller.account
        question = Question(caller, request.action, action, request.resource, account, context, self._bounded)
        return question, ignored


def evaluate(
    request: Request,
    *,
    identity_policies: Sequence[Document],
    resource_policy: Document | None = None,
    permission_boundary: Document | None = None,
    scps: Levels = (),
    rcps: Levels = (),
) -> Verdict:
    """Decide one request by documents as plain JSON. For several requests, use `Evaluator`.

    Raises Undecidable if IAM would refuse a document or the request.
    """
    evaluator = Evaluator(
        identity_policies=identity_policies,
        resource_policy=resource_policy,
        permission_boundary=permission_boundary,
        scps=scps,
        rcps=rcps,
    )
    return evaluator.evaluate(request)


class _Reader:
    """Reads documents and collects their errors, to report them all at once."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._errors: list[Undecidable] = []

    def name(self, default: str) -> str:
        return self._names.get(default, default)

    def read(
        self, compile_document: Callable[..., CompiledPolicy], document: object, *rest: object
    ) -> list[CompiledPolicy]:
        """Read a document; return an empty list if it is missing or invalid."""
        try:
            return [] if document is None else [compile_document(document, *rest)]
        except Undecidable as error:
            self._errors.append(error)
            return []

    def listed(
        self, documents: Sequence[Document], kind: Kind, name: str, suffix: str = ""
    ) -> list[CompiledPolicy]:
        if not isinstance(documents, list | tuple):
            self._errors.append(Undecidable(f"{name}{suffix}", "is not a list of documents"))
            return []
        return [
            policy
            for number, document in enumerate(documents, 1)
            # A null in the list is an invalid document, not a missing one.
            for policy in self.read(
                compile_policy,
                [] if document is None else document,
                kind,
                self.name(f"{name} {number}{suffix}"),
            )
        ]

    def levels(self, given: Levels, kind: Kind) -> list[_Layer]:
        if not isinstance(given, list | tuple):
            self._errors.append(Undecidable(f"{kind.value}s", "are not a list"))
            return []
        levels: Sequence[Any] = [given] if any(isinstance(entry, Mapping) for entry in given) else given
        layers = []
        for number, documents in enumerate(levels, 1):
            policies = self.listed(documents, kind, kind.value, f" of level {number}")
            if kind is Kind.RCP:  # attached everywhere, and impossible to detach
                policies.append(compile_policy(_FULL_ACCESS, kind, "RCPFullAWSAccess"))
            layers.append(_Layer.of(f"the {kind.value}s of level {number}", policies))
        return layers

    def finish(self) -> None:
        if self._errors:
            first, *others = self._errors
            raise Undecidable(first.place, first.problem, others)


@lru_cache(maxsize=4096)
def _checked_action(action: str) -> str:
    """Return `action` in lower case. Raises Undecidable if it does not exist."""
    if not isinstance(action, str) or not _ACTION.fullmatch(action):
        raise Undecidable("request, action", f"{action!r} is not an action")
    if problem := actions.problem_with(action):
        raise Undecidable("request, action", problem)
    return action.lower()


@lru_cache(maxsize=4096)
def _account_of(resource: str) -> str:
    if resource == "*":
        return ""
    try:
        account = arns.parse(resource).account
    except ValueError as error:
        raise Undecidable("request, resource", str(error)) from None
    if "*" in resource or "?" in resource:
        raise Undecidable("request, resource", "has a wildcard, but a request is about one resource")
    return account if arns.is_account(account) else ""  # `aws` in ARNs of AWS's own resources


def _is_role(question: Question) -> bool:
    return question.lowered_action.startswith("sts:") and ":role/" in question.resource


def _is_key(question: Question) -> bool:
    return question.lowered_action.startswith("kms:") and ":key/" in question.resource


def _first(question: Question, statements: Iterable[CompiledStatement]) -> CompiledStatement | None:
    for statement in statements:
        if statement.applies(question):
            return statement
    return None


def _strongest(question: Question, resource: _Layer) -> CompiledStatement | None:
    """Return the Allow of the resource's policy that names the caller most specifically."""
    applying = (statement for statement in resource.allows if statement.applies(question))
    return max(applying, key=lambda statement: statement.named(question), default=None)


def _missing(layer: _Layer, question: Question) -> str:
    """Return a sentence about the missing allow, with the statement that comes closest to it."""
    missing = f"nothing in {layer.name} allows {question.action} on {question.resource}"
    obstacles, statement = min(
        ((statement.obstacles(question), statement) for statement in layer.allows),
        key=lambda candidate: [obstacle is not None for obstacle in candidate[0]],
        default=((missing,), None),
    )
    if statement is None or obstacles[0]:
        return missing
    return f"{missing}; nearest is {statement.label}, but {' and '.join(filter(None, obstacles))}"
