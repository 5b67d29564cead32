"""A model: Port's name, its id on Bedrock, and the regions of its inference profiles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

GEOGRAPHIES = ("eu", "us", "apac", "jp", "au", "global")
"""Prefixes of Bedrock's cross-Region inference profiles in commercial regions."""


class Lifecycle(Enum):
    """https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html"""

    ACTIVE = "active"
    LEGACY = "legacy"
    END_OF_LIFE = "end of life"


@dataclass(frozen=True)
class Model:
    """One model.

    `name` is Port's, or the Bedrock id if Port has none. `bedrock_id` is None for a model that is not on
    Bedrock. `profiles` maps geography -> source region (where the profile is called) -> destination regions
    (where the request may be served). A `global` profile is authorized in the source region and on the ARN
    without a region, so its destinations are that region and the empty string. `known` is False if only the
    form of the id was checked.
    """

    name: str
    bedrock_id: str | None
    profiles: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict, hash=False)
    legacy: date | None = None
    end_of_life: date | None = None
    successor: str | None = None
    known: bool = True

    def lifecycle(self, today: date) -> Lifecycle:
        if self.end_of_life is not None and today >= self.end_of_life:
            return Lifecycle.END_OF_LIFE
        if self.legacy is not None and today >= self.legacy:
            return Lifecycle.LEGACY
        return Lifecycle.ACTIVE

    def destinations(self, geography: str, source_region: str) -> tuple[str, ...]:
        """Return the regions that serve the profile called in `source_region`; empty if there is none."""
        return self.profiles.get(geography, {}).get(source_region, ())

    def geographies(self, source_region: str | None = None) -> tuple[str, ...]:
        """Return the geographies with a profile for this model (callable in `source_region`, if given)."""
        return tuple(
            geography
            for geography in GEOGRAPHIES
            if geography in self.profiles
            and (source_region is None or source_region in self.profiles[geography])
        )


def profile_id(geography: str, bedrock_id: str) -> str:
    """Return the id of a system-defined profile, such as `eu.anthropic.claude-sonnet-4-5-20250929-v1:0`."""
    return f"{geography}.{bedrock_id}"
