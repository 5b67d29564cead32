"""What is asked, and what is answered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from port_byollm.errors import PortByollmError


class Undecidable(PortByollmError):  # noqa: N818 (an answer, as much as an error)
    """IAM would refuse the document or the request, or nobody could tell what AWS makes of it.

    `place` names the document and what of it, as in `identity policy 1, statement 2, Condition`; `others` are
    about other documents of the same evaluator.
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

    `principal` is the ARN of a role, a role session, a user, a federated user or an account's root, the name
    of a service (`lambda.amazonaws.com`), or, for who signs in with it, the ARN or name of an identity
    provider; `resource` an ARN without wildcards, or `*` for an action that has none. `context` holds the
    condition keys: none is filled in. `resource_account` is by default the account in the resource's ARN, or
    the principal's where it has none (as foundation models).
    """

    principal: str
    action: str
    resource: str
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    resource_account: str | None = None


class Decision(Enum):
    """The words are those of IAM's policy simulator."""

    ALLOWED = "Allowed"
    IMPLICITLY_DENIED = "ImplicitlyDenied"
    EXPLICITLY_DENIED = "ExplicitlyDenied"


@dataclass(frozen=True)
class Verdict:
    """A decision, and why. The reason is looked for only when it is read: most of those who ask never do."""

    decision: Decision
    _explain: Callable[[], str] = field(repr=False, compare=False)

    @property
    def allowed(self) -> bool:
        return self.decision is Decision.ALLOWED

    @cached_property
    def reason(self) -> str:
        """The statement that decided, or the allow that is missing."""
        return self._explain()
