"""What adopting finds, in terms of the stack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from port_byollm.cli.adopt.imports import Import
from port_byollm.errors import PortByollmError


class CannotAdopt(PortByollmError):  # noqa: N818  reads better: except CannotAdopt
    """The stack's configuration cannot express something; the message says what, and the way out."""


@dataclass(frozen=True)
class Adoption:
    """One thing that the stack can take over."""

    subject: str
    config: Mapping[str, Any]
    """Full key -> value of the stack's configuration."""
    imports: Sequence[Import]
    remarks: Sequence[str] = field(default=())
    """What the user should know about it."""
