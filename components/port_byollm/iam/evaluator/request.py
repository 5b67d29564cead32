"""Requests, verdicts, and the error for what cannot be decided."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from port_byollm.errors import PortByollmError


class Undecidable(PortByollmError):  # noqa: N818 (an answer as much as an error)
    """IAM would refuse the document or request, or its decision cannot be predicted.

    `place` names the part of the document, such as `identity policy 1, statement 2, Condition`. `others` are
    the errors of the evaluator's other documents.
    """

    def __init__(self, place: str, problem: str, others: "Sequence[Undecidable]" = ()) -> None:
        self.place = place
        self.problem = problem
        self.others = tuple(others)
        super().__init__(place, problem, self.others)

    def __str__(self) -> str:
        return "; ".join([f"{self.place}: {self.problem}", *map(str, self.others)])


@dataclass(frozen=True)
class Request:
    """One action of one principal on one resource.

    `principal` is the ARN of a role, a role session, a user, a federated user or an account's root; the name
    of a service (`lambda.amazonaws.com`); or, for its users, the ARN or name of an identity provider.
    `resource` is an ARN without wildcards, or `*` for an action without a resource. `context` has all
    condition keys: none is filled in. `resource_account` defaults to the account in the resource's ARN, or to
    the principal's account if the ARN has none (as for foundation models).
    """

    principal: str
    action: str
    resource: str
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    resource_account: str | None = None


class Decision(Enum):
    """A decision, in the terms of IAM's policy simulator."""

    ALLOWED = "Allowed"
    IMPLICITLY_DENIED = "ImplicitlyDenied"
    EXPLICITLY_DENIED = "ExplicitlyDenied"


@dataclass(frozen=True)
class Verdict:
    """A decision and its reason. The reason is computed when it is read, because most callers never do."""

    decision: Decision
    _explain: Callable[[], str] = field(repr=False, compare=False)

    @property
    def allowed(self) -> bool:
        return self.decision is Decision.ALLOWED

    @cached_property
    def reason(self) -> str:
        """The deciding statement, or the missing allow."""
        return self._explain()
