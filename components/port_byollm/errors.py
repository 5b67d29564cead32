"""Errors of this package.

PortByollmError
└── ConfigError      a value that was given cannot be used
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_spelling: ContextVar[Callable[[str], str]] = ContextVar("spelling", default=str)


class PortByollmError(Exception):
    """Base of every error that is raised on purpose; its text is a sentence for people."""


class ConfigError(PortByollmError):
    """A configured value cannot be used.

    `field` is the property or configuration key, as it is `spelled` where the error is made; `problem` says
    what is wrong with its value (never quoting a secret), `way_out` what to do about it.
    """

    def __init__(self, field: str, problem: str, way_out: str = "") -> None:
        self.field = spell(field)
        self.problem = problem
        self.way_out = way_out
        # All of them, so that the error can be pickled and copied.
        super().__init__(self.field, problem, way_out)

    def __str__(self) -> str:
        return f"{self.field}: {self.problem}" + (f"; {self.way_out}" if self.way_out else "")


@contextmanager
def spelled(spelling: Callable[[str], str]) -> Iterator[None]:
    """Within, and in whatever asyncio goes on with from there, a field is named as `spelling` says: a program
    that takes a component's arguments from somewhere else names them as they are called there.

    `spelling` leaves alone what it does not know, such as a name that it has given itself.
    """
    outer = _spelling.get()
    token = _spelling.set(lambda field: outer(spelling(field)))
    try:
        yield
    finally:
        _spelling.reset(token)


def spell(field: str) -> str:
    """How whoever is to read of `field` knows it."""
    return _spelling.get()(field)
