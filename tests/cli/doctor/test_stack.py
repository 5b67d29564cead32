from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import pytest

from port_byollm.cli.doctor.finding import Verdict
from port_byollm.cli.doctor.stack import check_stack
from port_byollm.cli.stack.plan import Plan
from port_byollm.cli.stack.stack import Stack, secret
from port_byollm.errors import PortByollmError

TODAY = date(2026, 11, 22)


@dataclass
class FakeStack:
    """A preview that finds `errors`, and a state whose external ID has `previous` values."""

    errors: list[str] = field(default_factory=list)
    previous: tuple[str, ...] | None = None
    failure: str | None = None

    name = "dev"

    def preview_errors(self) -> list[str]:
        self._fail()
        return self.errors

    def resources(self, show_secrets: bool) -> list[dict[str, Any]]:
        self._fail()
        if self.previous is None:
            return []
        outputs = {"rotation": "2", "generation": 1, "previous": secret(self.previous)}
        return [{"type": "port-byollm:index:ExternalId", "urn": "", "outputs": outputs}]

    def _fail(self) -> None:
        if self.failure:
            raise PortByollmError(self.failure)


def check(stack: FakeStack, **external_id: Any) -> list[tuple[str, Verdict, str]]:
    plan = Plan({"byollm:bedrock": {"externalId": external_id}})
    found = check_stack(cast(Stack, stack), plan, TODAY)
    return [(each.subject, each.verdict, each.found + each.next_step) for each in found]


def test_what_a_preview_finds_is_a_problem() -> None:
    [first, second] = check(FakeStack(["byollm:bedrock.geografy: unknown", "another"]))

    assert first[:2] == ("preview", Verdict.PROBLEM)
    assert first[2].startswith("byollm:bedrock.geografy: unknown")
    assert "pulumi preview --stack dev" in first[2]
    assert second[:2] == ("preview", Verdict.PROBLEM)


def test_what_cannot_be_looked_at_is_unknown() -> None:
    found = check(FakeStack(failure="not signed in"))

    assert [each[:2] for each in found] == [("preview", Verdict.UNKNOWN), ("state", Verdict.UNKNOWN)]
    assert all("not signed in" in each[2] for each in found)


@pytest.mark.parametrize(
    ("previous", "external_id", "verdicts"),
    [
        (None, {}, []),
        ((), {"previousUntil": "2026-01-01"}, []),  # nothing of it is accepted, whatever the day says
        (("before",), {}, [Verdict.OK]),
        (("before",), {"previousUntil": "2026-11-21"}, [Verdict.PROBLEM]),
        (("before",), {"previousUntil": "2026-11-22"}, [Verdict.OK]),
        (("before",), {"previousUntil": "soon"}, [Verdict.OK]),  # what is wrong with it, the preview says
    ],
)
def test_a_previous_external_id_has_a_last_day(
    previous: tuple[str, ...] | None, external_id: dict[str, Any], verdicts: list[Verdict]
) -> None:
    [(_, preview, _), *found] = check(FakeStack(previous=previous), **external_id)

    assert preview is Verdict.OK
    assert [verdict for _, verdict, _ in found] == verdicts
