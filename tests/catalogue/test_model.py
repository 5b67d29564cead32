from datetime import date

import pytest

from port_byollm.catalogue import Lifecycle, find_model

SONNET_4 = "claude-sonnet-4-20250514"


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 4, 13), Lifecycle.ACTIVE),
        (date(2026, 4, 14), Lifecycle.LEGACY),
        (date(2026, 10, 13), Lifecycle.LEGACY),
        (date(2026, 10, 14), Lifecycle.END_OF_LIFE),
    ],
)
def test_lifecycle_changes_on_the_day(today: date, expected: Lifecycle) -> None:
    model = find_model(SONNET_4)
    assert model is not None
    assert model.lifecycle(today) is expected
    assert model.successor == "claude-sonnet-4-5-20250929"


def test_model_without_dates_stays_active() -> None:
    model = find_model("claude-haiku-4-5-20251001")
    assert model is not None
    assert model.lifecycle(date.max) is Lifecycle.ACTIVE


def test_geographies_are_those_that_can_be_called_in_the_region() -> None:
    model = find_model("claude-sonnet-4-5-20250929")
    assert model is not None
    assert model.geographies() == ("eu", "us", "jp", "au", "global")
    assert model.geographies("ap-northeast-1") == ("jp", "global")


def test_model_is_hashable() -> None:
    assert len({find_model(SONNET_4), find_model(SONNET_4)}) == 1
