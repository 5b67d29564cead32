"""Decisions by documents of which some may be unknown."""

from collections.abc import Sequence
from typing import NamedTuple

from port_byollm.iam.evaluator import Decision, Evaluator, Request, Undecidable
from port_byollm.proof.subject import Document, Policy, Unknown

ALLOW_ALL: Document = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
TRUST_ALL: Document = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:*"}],
}
_DENY_NOTHING: Document = {  # the allow comes from RCPFullAWSAccess, which is always attached
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "none:None", "Resource": "*"}],
}

Levels = Sequence[Sequence[Policy]]


class Answer(NamedTuple):
    """A decision, or None if it is unknown, and the reason for either."""

    decision: Decision | None
    reason: str


class Judge:
    """Decides requests. Takes the most permissive document in place of an unknown one.

    What is denied even so is denied; what is allowed is unknown. `problem` says why nothing can be decided,
    for example because IAM would refuse a document.
    """

    def __init__(
        self,
        policies: Sequence[Policy],
        *,
        trust: Document | Unknown | None = None,
        boundary: Policy | None = None,
        scps: Levels = (),
        rcps: Levels = (),
        problem: str = "",
    ) -> None:
        self._unknown: list[str] = []
        self._names: dict[str, str] = {}
        self.problem = problem
        try:
            self._evaluator = Evaluator(
                identity_policies=[
                    self._read(policy, "identity policy", f"identity policy {number}", ALLOW_ALL)
                    for number, policy in enumerate(policies, 1)
                ],
                resource_policy=None if trust is None else self._known(trust, "the trust policy", TRUST_ALL),
                permission_boundary=None
                if boundary is None
                else self._read(boundary, "permissions boundary", "the permission boundary", ALLOW_ALL),
                scps=self._levels(scps, "SCP", ALLOW_ALL),
                rcps=self._levels(rcps, "RCP", _DENY_NOTHING),
                names=self._names,
            )
        except Undecidable as error:
            self.problem = problem or f"IAM would refuse {error}"

    def decide(self, request: Request) -> Answer:
        if self.problem:
            return Answer(None, self.problem)
        try:
            verdict = self._evaluator.evaluate(request)
        except Undecidable as error:
            return Answer(None, f"cannot be judged: {error}")
        if verdict.allowed and self._unknown:
            return Answer(None, "; ".join(self._unknown))
        return Answer(verdict.decision, verdict.reason)

    def _levels(self, levels: Levels, kind: str, generous: Document) -> list[list[Document]]:
        return [
            [
                self._read(policy, kind, f"{kind} {number} of level {level}", generous)
                for number, policy in enumerate(policies, 1)
            ]
            for level, policies in enumerate(levels, 1)
        ]

    def _read(self, policy: Policy, kind: str, default: str, generous: Document) -> Document:
        name = f"{kind} {policy.name!r}"
        self._names[default] = name
        return self._known(policy.document, name, generous)

    def _known(self, document: Document | Unknown, name: str, generous: Document) -> Document:
        if isinstance(document, Unknown):
            self._unknown.append(f"{name} is unknown: {document.reason}")
            return generous
        return document
