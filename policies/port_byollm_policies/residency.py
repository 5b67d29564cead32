"""Data residency: the geography that prompts must not leave."""

from collections.abc import Mapping
from typing import Any

from port_byollm.catalogue import GATEWAY_PRINCIPALS, GEOGRAPHIES, destinations_of, source_regions

RESIDENCY: Mapping[str, Mapping[str, Any]] = {
    "residency": {
        "type": "string",
        "enum": ["", *GEOGRAPHIES],
        "default": "",
        "description": "Bedrock geography that prompts must not leave; if empty, the rule checks nothing.",
    }
}
"""The setting of every rule about residency."""

PORT_REGION: Mapping[str, Mapping[str, Any]] = {
    "portRegion": {
        "type": "string",
        "enum": ["", *GATEWAY_PRINCIPALS],
        "default": "",
        "description": "Port's region; if empty, that of the residency, if Port has one there.",
    }
}


def regions(geography: str) -> frozenset[str]:
    """Return the AWS regions that call or serve the geography's profiles; `""` stands for global profiles."""
    sources = source_regions(geography)
    return frozenset(sources).union(*(destinations_of(geography, source) for source in sources))


def is_within(geography: str, residency: str) -> bool:
    """Whether the geography's profiles keep requests within `residency`."""
    return geography in GEOGRAPHIES and regions(geography) <= regions(residency)


def port_region(settings: Mapping[str, Any]) -> str | None:
    """Return the Port region that the settings require, or None."""
    region = settings["portRegion"] or settings["residency"]
    return region if region in GATEWAY_PRINCIPALS else None
