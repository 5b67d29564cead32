"""Ask an AWS account for its inference profiles and models in a region, and write the answer to a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import boto3

from port_byollm.catalogue import lookup, overlay
from port_byollm.catalogue.model import profile_id
from port_byollm.catalogue.overlay import Dates, Overlay
from port_byollm.errors import ConfigError

Profiles = Mapping[str, tuple[str, ...]]
"""Inference profile id -> destination regions."""


@dataclass(frozen=True)
class Refreshed:
    """The difference between the account's answer and the earlier data; `str()` is a summary for the user."""

    region: str
    path: Path
    before: Profiles
    after: Profiles
    dates: Mapping[str, Dates]
    """New and changed lifecycle dates, by Bedrock model id."""

    @property
    def added(self) -> tuple[str, ...]:
        return tuple(sorted(self.after.keys() - self.before.keys()))

    @property
    def withdrawn(self) -> tuple[str, ...]:
        return tuple(sorted(self.before.keys() - self.after.keys()))

    @property
    def rerouted(self) -> tuple[str, ...]:
        """Profiles whose destination regions have changed."""
        both = sorted(self.before.keys() & self.after.keys())
        return tuple(profile for profile in both if set(self.before[profile]) != set(self.after[profile]))

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.region}: {len(self.after)} inference profiles, written to {self.path}"
        for profile in self.added:
            yield f"  new: {profile}, to {_listed(self.after[profile])}"
        for profile in self.withdrawn:
            yield f"  withdrawn: {profile}"
        for profile in self.rerouted:
            yield f"  rerouted: {profile}, to {_listed(self.after[profile])}"
        for model, dates in self.dates.items():
            yield f"  lifecycle: {model}, legacy {dates.legacy}, end of life {dates.end_of_life}"
        if not (self.added or self.withdrawn or self.rerouted or self.dates):
            yield "  nothing has changed"


def refresh(
    session: boto3.Session, region: str, *, path: Path | None = None, today: date | None = None
) -> Refreshed:
    """Replace the catalog's data for `region` by the account's own answer.

    Calls ListInferenceProfiles (system-defined ones) and ListFoundationModels, and writes to `path`, by
    default the file that the look-ups read (`overlay.default_path`). The file's other regions are kept. A
    model that the account calls Legacy without a date is Legacy from `today`.

    Raises botocore's errors, and ConfigError if the file cannot be read or written.
    """
    path = path or overlay.default_path()
    known = overlay.read(path)
    client = session.client("bedrock", region_name=region)
    before = _known_profiles(known, region)
    after = {
        profile["inferenceProfileId"]: tuple(
            sorted({model["modelArn"].split(":")[3] for model in profile["models"]})
        )
        for page in client.get_paginator("list_inference_profiles").paginate(typeEquals="SYSTEM_DEFINED")
        for profile in page["inferenceProfileSummaries"]
    }
    summaries = client.list_foundation_models()["modelSummaries"]
    models = dict(known.models)
    for summary in summaries:
        dates = _dates(summary, _known_dates(known, summary["modelId"]), today or datetime.now(UTC).date())
        if dates == Dates():
            models.pop(summary["modelId"], None)
        else:
            models[summary["modelId"]] = dates
    _write(path, Overlay(regions={**known.regions, region: after}, models=models))
    changed = {model: dates for model, dates in sorted(models.items()) if dates != _known_dates(known, model)}
    lookup.forget()
    return Refreshed(region, path, before, after, changed)


def _known_profiles(known: Overlay, region: str) -> Profiles:
    if region in known.regions:
        return known.regions[region]
    return {
        profile_id(geography, model.bedrock_id): model.destinations(geography, region)
        for model in lookup.all_models()
        if model.bedrock_id
        for geography in model.geographies(region)
    }


def _known_dates(known: Overlay, bedrock_id: str) -> Dates | None:
    model = lookup.find_model(bedrock_id)
    packaged = Dates(model.legacy, model.end_of_life) if model else None
    return known.models.get(bedrock_id, packaged)


def _dates(summary: Mapping[str, Any], known: Dates | None, today: date) -> Dates:
    lifecycle = summary.get("modelLifecycle", {})
    legacy = _day(lifecycle.get("legacyTime"))
    if legacy is None and lifecycle.get("status") == "LEGACY":
        legacy = (known.legacy if known else None) or today
    return Dates(legacy, _day(lifecycle.get("endOfLifeTime")))


def _day(moment: datetime | None) -> date | None:
    return moment.astimezone(UTC).date() if moment else None


def _listed(regions: tuple[str, ...]) -> str:
    return ", ".join(region or "any commercial region" for region in regions)


def _write(path: Path, content: Overlay) -> None:
    draft = path.with_name(path.name + ".draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(content.to_json(), encoding="utf-8")
        draft.replace(path)  # atomic: readers see the whole old or the whole new file
    except OSError as error:
        raise ConfigError(
            str(path), f"cannot be written ({error.strerror})", "name another file in PORT_BYOLLM_CATALOGUE"
        ) from error
