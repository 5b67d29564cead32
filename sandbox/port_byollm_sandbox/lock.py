"""The lock that a sandbox's process holds on a file in its directory for as long as it lives.

So "is it running" has one answer, which neither a crash nor a reused process id can make wrong.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "lock"


@contextmanager
def try_lock(directory: Path) -> Iterator[int | None]:
    """The lock's descriptor, or None where another process holds it.

    The file stays when the sandbox ends: without it, others would wait at a lock that nobody can see.
    """
    descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            os.ftruncate(descriptor, 0)  # whoever wrote it is dead
            yield descriptor
    finally:
        os.close(descriptor)


def holder(directory: Path) -> int | None:
    """Process id of the sandbox; None where none runs, and before it wrote it."""
    text = (directory / LOCK).read_text()
    return int(text) if text else None
