"""Locks for what is read, awaited upon, and written again."""

import asyncio
from weakref import WeakValueDictionary


class Locks:
    """One lock per key, which is there for as long as somebody holds it or waits for it.

    The store needs none: its methods await nothing. A connection test takes seconds between the read of a
    registration and its write, in which another request may have changed what was read.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[tuple[str, ...], asyncio.Lock] = WeakValueDictionary()

    def of(self, *key: str) -> asyncio.Lock:
        return self._locks.setdefault(key, asyncio.Lock())
