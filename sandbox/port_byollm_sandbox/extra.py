"""The extra `sandbox`: what the sandbox needs beyond the package's own dependencies."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, requires


def missing() -> list[str]:
    """Return the names of the extra's distributions that are not installed."""
    return [name for name in _required() if not _is_installed(name)]


def _required() -> Iterator[str]:
    for requirement in requires("port-byollm") or ():
        specifier, _, marker = requirement.partition(";")
        if re.search(r"""extra\s*==\s*["']sandbox["']""", marker):
            yield re.split(r"[^A-Za-z0-9._-]", specifier, maxsplit=1)[0]


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
