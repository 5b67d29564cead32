"""The change to an SCP that lets a connection through, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Exemption:
    """What to change about one statement of an SCP (or RCP) that denies what a connection needs.

    `statements` are to be put in the place of `statement`; empty where no exact exemption exists, and `reason`
    then says why. Else `reason` says what the evaluation with them came to.
    """

    policy: str
    """Name of the document."""
    statement: str
    """Number and Sid, as in `statement 1 (DenyOtherRegions)`."""
    regions: tuple[str, ...]
    """Where requests are denied by it; `unspecified` is that of global routing."""
    statements: tuple[Mapping[str, Any], ...]
    reason: str
