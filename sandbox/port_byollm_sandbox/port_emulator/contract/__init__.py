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


def served() -> dict[str, Any]:
    """The same with the overlay: what the emulator holds itself to."""
    return apply(_read("overlay.yaml"), described())


def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((_HERE / name).read_text())
    return document
