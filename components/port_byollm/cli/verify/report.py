"""A proof as JSON, and its exit status."""

from collections.abc import Mapping
from dataclasses import asdict
from enum import Enum
from typing import Any

from port_byollm.proof import Proof

EXIT_STATUS: Mapping[bool | None, int] = {True: 0, False: 1, None: 3}
"""Whether the proof holds -> exit status. 2 is taken: click exits with it for a wrong command line."""


def to_json(proof: Proof, about: str) -> dict[str, Any]:
    return {
        "about": about,
        "holds": proof.holds,
        "claims": [_plain(claim) | {"holds": claim.holds} for claim in proof.claims],
        "exemptions": [_plain(exemption) for exemption in proof.exemptions],
        "notes": list(proof.notes),
    }


def _plain(found: Any) -> dict[str, Any]:
    fields = {_camel(name): value for name, value in asdict(found).items()}
    return {name: value.value if isinstance(value, Enum) else value for name, value in fields.items()}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)
