"""The supported versions of the Pulumi engine. A test checks that the documentation names the same ones."""

import re

OLDEST = "3.250.0"
"""The oldest supported version, and the one that gets installed. The `pulumi` SDK is pinned to it as well."""
NEWEST_TESTED = "3.251.0"
"""The newest version that the tests have passed with. Later 3.x versions are accepted, untested."""
RANGE = f"{OLDEST} or a later 3.x version"


def is_supported(version: str) -> bool:
    """Return whether `version`, as `pulumi version` prints it but without the `v`, is in the range."""
    return _triple(OLDEST) <= _triple(version) < (4,)


def _triple(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]+", version)[:3])
