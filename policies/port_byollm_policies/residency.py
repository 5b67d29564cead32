"""Where prompts may be, by the geography that they must not leave."""

from collections.abc import Mapping
from typing import Any

from port_byollm.catalogue import GATEWAY_PRINCIPALS, GEOGRAPHIES, destinations_of, source_regions

RESIDENCY: Mapping[str, Mapping[str, Any]] = {
    "residency": {
        "type": "string",
        "enum": ["", *GEOGRAPHIES],
        "default": "",
        "description": "Geography of Bedrock that prompts must not leave; the rule asks for nothing without.",
    }
}
"""The setting of every rule about residency."""

PORT_REGION: Mapping[str, Mapping[str, Any]] = {
    "portRegion": {
        "type": "string",
        "enum": ["", *GATEWAY_PRINCIPALS],
        "default": "",
        "description": "Port's region; that of the residency when left out, where Port has one there.",
    }
}


def regions(geography: str) -> frozenset[str]:
    """AWS regions in which the geography's profiles are called or served; `""` is that of global ones."""
    sources = source_regions(geography)
    return frozenset(sources).union(*(destinations_of(geography, source) for source in sources))


def is_within(geography: str, residency: str) -> bool:
    """Whether whatever `geography`'s profiles do stays in `residency`."""
    return geography in GEOGRAPHIES and regions(geography) <= regions(residency)


def port_region(settings: Mapping[str, Any]) -> str | None:
    """Port's region that the settings ask for; None where they ask for none."""
    asked = settings["portRegion"] or settings["residency"]
    return asked if asked in GATEWAY_PRINCIPALS else None
