"""Models that are Legacy."""

from .lifecycle import Lifecycle


class TestLegacy(Lifecycle):
    day, other_day = "2026-05-01", "2026-11-01"
    fact = "has been Legacy since 2026-04-14 and is closed to new users"
