"""Which versions of the Pulumi engine serve; the documentation's tests hold it to what stands here."""

import re

OLDEST = "3.250.0"
"""The oldest that is accepted, and what is installed. The `pulumi` SDK is pinned to the same."""
NEWEST_TESTED = "3.251.0"
"""The newest that the tests have passed with. A newer one is accepted, as far as it is of version 3."""
RANGE = f"{OLDEST} or newer, of version 3"


def is_supported(version: str) -> bool:
    """Of a `version` as `pulumi version` prints it, without the `v`."""
    return _triple(OLDEST) <= _triple(version) < (4,)


def _triple(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]+", version)[:3])
