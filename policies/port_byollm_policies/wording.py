"""Lists in sentences."""

from collections.abc import Iterable

_MOST = 3


def some(names: Iterable[str]) -> str:
    """The first few of `names`, each once and sorted, and how many more there are."""
    found = sorted(set(names))
    more = len(found) - _MOST
    return ", ".join(found[:_MOST]) + (f" and {more} more" if more > 0 else "")
