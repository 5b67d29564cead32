"""Faster startup of the command line and the plugin."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """Run imports without garbage collection, and exclude their objects from it afterwards."""
    trim_imports()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def trim_imports() -> None:
    """Keep httpx from importing its unused command line.

    That would also import rich and pygments if installed, which takes as long as the rest of httpx.
    """
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None marks a module as unavailable
