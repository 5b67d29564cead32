"""Port's API as Port describes it, and as this emulator serves it.

`openapi.yaml` is the description, `overlay.yaml` an OpenAPI Overlay with every place that departs from it,
each with its reason.
"""

from pathlib import Path
from typing import Any

import yaml

from port_byollm_sandbox.port_emulator.contract.overlay import apply

_HERE = Path(__file__).parent


def described() -> dict[str, Any]:
    """Port's OpenAPI document."""
    return _read("openapi.yaml")


def overlay() -> dict[str, Any]:
    """Where the emulator departs from it, as an OpenAPI Overlay: each action has its reason."""
    return _read("overlay.yaml")


def served() -> dict[str, Any]:
    """Port's OpenAPI with the overlay applied: what the emulator holds itself to."""
    return apply(overlay(), described())


def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((_HERE / name).read_text())
    return document
