"""Models that are Legacy."""

from datetime import date

import pytest

from port_byollm_policies import models

from .conftest import Judge, invoke_policy, managed, registration

POLICY, REGISTRATION = "aws:iam/policy:Policy", "port-byollm:index:LlmProvider"
OLD = "claude-sonnet-4-20250514"
FOUND = f"{OLD}, which is Legacy since 2026-04-14 and answers no newcomers; use claude-sonnet-4-5-20250929"


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "today", lambda: date.fromisoformat("2026-05-01"))


def test_active_models_pass(judge: Judge) -> None:
    assert judge(POLICY, managed(invoke_policy())) == []
    assert judge(REGISTRATION, registration()) == []


def test_permitted_model_is_found(judge: Judge) -> None:
    assert judge(POLICY, managed(invoke_policy(OLD))) == [f"policy: permits {FOUND}"]


def test_offered_model_is_found(judge: Judge) -> None:
    assert judge(REGISTRATION, registration(models={OLD: True})) == [f"models: offers {FOUND}"]


def test_offered_model_of_another_provider_passes(judge: Judge) -> None:
    assert judge(REGISTRATION, registration(provider="anthropic", models={OLD: True})) == []


def test_date_decides(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "today", lambda: date.fromisoformat("2026-11-01"))

    assert judge(POLICY, managed(invoke_policy(OLD))) == []
