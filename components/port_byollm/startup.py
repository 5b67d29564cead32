"""What makes the processes that are ours alone start sooner: the command line and the plugin."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """For the imports of a process. Afterwards, what it has is never looked through for garbage."""
    trim_imports()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def trim_imports() -> None:
    """Keep httpx from importing its own command line, which nobody here can call.

    With it would come rich and pygments, where they are installed: as much again as all the rest of httpx.
    """
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # how Python spells "not to be had"
