"""What components have in common: values that are known later, and errors that end a program."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

import pulumi

from port_byollm.errors import ConfigError

_P = ParamSpec("_P")
_A = TypeVar("_A")
_T = TypeVar("_T")


class _ExplainedError(ConfigError, pulumi.RunError):
    """Still a ConfigError, of which Pulumi prints the sentence alone: of any other exception that ends a
    program, it prints a traceback."""


def explained(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """A component's `__init__`, or a function for `Output.apply`, where nobody can catch what it raises: its
    ConfigError is shown as the sentence that it is."""

    @wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return function(*args, **kwargs)
        except _ExplainedError:
            raise  # by a component within this one
        except ConfigError as error:
            raise _ExplainedError(error.field, error.problem, error.way_out) from error

    return call


def of_made(function: Callable[[_A], _T]) -> Callable[[_A], _T]:
    """`function` for `Output.apply`, with None for None and for a list that has one.

    `pulumi up --target` makes no new resource but those named, and what another one would put out is None, of
    whatever type. The engine refuses to make a named one that needs such an output.
    """

    @wraps(function)
    def call(value: _A) -> _T:
        left_out = value is None or (isinstance(value, list) and None in value)
        return cast(_T, None) if left_out else function(value)

    return call
