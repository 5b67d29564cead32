"""Errors of this package.

PortByollmError
└── ConfigError      a configured value cannot be used
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_spelling: ContextVar[Callable[[str], str]] = ContextVar("spelling", default=str)


class PortByollmError(Exception):
    """Base of all errors raised on purpose. The text is a sentence for the user."""


class ConfigError(PortByollmError):
    """A configured value cannot be used.

    `field` is the property or configuration key, in the spelling of the current `spelled` context. `problem`
    says what is wrong with its value, never quoting a secret, and `way_out` what to do about it.
    """

    def __init__(self, field: str, problem: str, way_out: str = "") -> None:
        self.field = spell(field)
        self.problem = problem
        self.way_out = way_out
        # All arguments, so that the error can be pickled and copied.
        super().__init__(self.field, problem, way_out)

    def __str__(self) -> str:
        return f"{self.field}: {self.problem}" + (f"; {self.way_out}" if self.way_out else "")


@contextmanager
def spelled(spelling: Callable[[str], str]) -> Iterator[None]:
    """Within this context, and in asyncio tasks created in it, spell field names with `spelling`.

    A program that takes a component's arguments from elsewhere uses it to name them as they are called there.
    `spelling` must return unknown names unchanged, including its own results.
    """
    outer = _spelling.get()
    token = _spelling.set(lambda field: outer(spelling(field)))
    try:
        yield
    finally:
        _spelling.reset(token)


def spell(field: str) -> str:
    """Return the name by which the user knows `field`."""
    return _spelling.get()(field)
