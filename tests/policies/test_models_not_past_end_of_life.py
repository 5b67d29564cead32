"""Models past their end of life."""

from .lifecycle import Lifecycle


class TestPastEndOfLife(Lifecycle):
    day, other_day = "2026-11-01", "2026-05-01"
    fact = "reached its end of life on 2026-10-14 and no longer answers"
