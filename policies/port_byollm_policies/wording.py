"""Wording of lists in messages."""

from collections.abc import Iterable

_MOST = 3


def some(names: Iterable[str]) -> str:
    """Return the first few of the sorted, distinct `names`, and the number of the others."""
    distinct = sorted(set(names))
    more = len(distinct) - _MOST
    return ", ".join(distinct[:_MOST]) + (f" and {more} more" if more > 0 else "")
