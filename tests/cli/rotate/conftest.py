"""A rotation's day, which does not end during the tests."""

from datetime import date

import pytest

from port_byollm.cli import rotate
from port_byollm.cli.rotate import rotation

from .fake_stack import TODAY


class _Today(date):
    @classmethod
    def today(cls) -> "_Today":
        return cls.fromisoformat(TODAY)


@pytest.fixture(autouse=True)
def _one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (rotate, rotation):
        monkeypatch.setattr(module, "date", _Today)
