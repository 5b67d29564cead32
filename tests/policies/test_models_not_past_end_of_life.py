"""Models past their end of life."""

from .lifecycle import Lifecycle


class TestPastEndOfLife(Lifecycle):
    day, other_day = "2026-11-01", "2026-05-01"
    fact = "is past its end of life (2026-10-14) and answers nobody"
