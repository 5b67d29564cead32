"""The tests of every rule about a point in a model's life; a rule's file says which, and on which day."""

from datetime import date

import pytest

from port_byollm_policies import lifecycle

from .conftest import Judge, invoke_policy, managed, registration

POLICY, REGISTRATION = "aws:iam/policy:Policy", "port-byollm:index:LlmProvider"
OLD = "claude-sonnet-4-20250514"


class Lifecycle:
    day: str
    """A day on which the model OLD is at that point."""
    other_day: str
    fact: str
    """What is said about it then."""

    @pytest.fixture(autouse=True)
    def today(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lifecycle, "today", lambda: date.fromisoformat(self.day))

    @property
    def found(self) -> str:
        return f"{OLD}, which {self.fact}; use claude-sonnet-4-5-20250929"

    def test_active_models_pass(self, judge: Judge) -> None:
        assert judge(POLICY, managed(invoke_policy())) == []
        assert judge(REGISTRATION, registration()) == []

    def test_permitted_model_is_found(self, judge: Judge) -> None:
        assert judge(POLICY, managed(invoke_policy(OLD))) == [f"policy: permits {self.found}"]

    def test_offered_model_is_found(self, judge: Judge) -> None:
        assert judge(REGISTRATION, registration(models={OLD: True})) == [f"models: offers {self.found}"]

    def test_offered_model_of_another_provider_passes(self, judge: Judge) -> None:
        assert judge(REGISTRATION, registration(provider="anthropic", models={OLD: True})) == []

    def test_date_decides(self, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lifecycle, "today", lambda: date.fromisoformat(self.other_day))

        assert judge(POLICY, managed(invoke_policy(OLD))) == []
