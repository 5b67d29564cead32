"""The contract: Port's API as Port describes it, and as this emulator serves it.

`openapi.yaml` is Port's description. `overlay.yaml` is an OpenAPI Overlay with every deviation from it, each
with a reason.
"""

from pathlib import Path
from typing import Any

import yaml

from port_byollm_sandbox.port_emulator.contract.overlay import apply

_HERE = Path(__file__).parent


def described() -> dict[str, Any]:
    """Return Port's OpenAPI document."""
    return _read("openapi.yaml")


def overlay() -> dict[str, Any]:
    """Return the emulator's deviations as an OpenAPI Overlay, whose actions have their reasons."""
    return _read("overlay.yaml")


def served() -> dict[str, Any]:
    """Return Port's OpenAPI with the overlay applied: the contract that the emulator fulfills."""
    return apply(overlay(), described())


def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((_HERE / name).read_text())
    return document
