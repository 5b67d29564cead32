"""The lock that a sandbox's process holds on a file in its directory until it ends.

Whether the sandbox runs therefore has one answer, which neither a crash nor a reused process id can falsify.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "lock"


@contextmanager
def try_lock(directory: Path) -> Iterator[int | None]:
    """Yield the lock's file descriptor, or None if another process holds the lock.

    The file is never removed: a process waiting for a removed file's lock would not exclude later ones.
    """
    descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            os.ftruncate(descriptor, 0)  # the process id in it is of a dead sandbox
            yield descriptor
    finally:
        os.close(descriptor)


def holder(directory: Path) -> int | None:
    """Return the sandbox's process id; None if none has been written."""
    text = (directory / LOCK).read_text()
    return int(text) if text else None
