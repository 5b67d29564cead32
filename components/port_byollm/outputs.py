"""What is done with values once they are known."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import pulumi

from port_byollm.errors import ConfigError

_P = ParamSpec("_P")
_T = TypeVar("_T")


def explained(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """`function` for `Output.apply`, where nobody can catch what it raises: its ConfigError is shown as the
    sentence that it is, not with a traceback."""

    @wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return function(*args, **kwargs)
        except ConfigError as error:
            raise pulumi.RunError(str(error)) from error

    return call
