"""Helpers for components: functions on outputs, and errors that end a program."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

import pulumi

from port_byollm.errors import ConfigError

_P = ParamSpec("_P")
_A = TypeVar("_A")
_T = TypeVar("_T")


class _ExplainedError(ConfigError, pulumi.RunError):
    """A ConfigError that Pulumi prints without a traceback, unlike other exceptions that end a program."""


def explained(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Make Pulumi print only the sentence of a ConfigError that `function` raises.

    For a component's `__init__` and for functions in `Output.apply`, whose errors nobody can catch.
    """

    @wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return function(*args, **kwargs)
        except _ExplainedError:
            raise  # from a component within this one
        except ConfigError as error:
            raise _ExplainedError(error.field, error.problem, error.way_out) from error

    return call


def of_made(function: Callable[[_A], _T]) -> Callable[[_A], _T]:
    """Wrap `function` for `Output.apply` to return None for None and for a list that contains None.

    `pulumi up --target` creates no new resources except the targets. Outputs of the others are None, whatever
    their type, and the engine refuses to create a target that needs one.
    """

    @wraps(function)
    def call(value: _A) -> _T:
        missing = value is None or (isinstance(value, list) and None in value)
        return cast(_T, None) if missing else function(value)

    return call
