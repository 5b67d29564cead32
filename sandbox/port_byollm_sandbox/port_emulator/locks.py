"""Locks for handlers that await between reading and writing the same data."""

import asyncio
from weakref import WeakValueDictionary


class Locks:
    """One lock per key, which exists as long as somebody holds it or waits for it.

    The store itself needs none, as its methods do not await. But a connection test takes seconds between
    reading and writing a registration, in which another request could change it.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[tuple[str, ...], asyncio.Lock] = WeakValueDictionary()

    def of(self, *key: str) -> asyncio.Lock:
        return self._locks.setdefault(key, asyncio.Lock())
