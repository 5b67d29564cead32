"""Look-ups in the catalog: the packaged data, overlaid with the account's answers (`overlay`)."""

import re
import tomllib
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from port_byollm.catalogue import overlay
from port_byollm.catalogue.model import GEOGRAPHIES, Lifecycle, Model, profile_id
from port_byollm.catalogue.port import models_for
from port_byollm.errors import ConfigError

# A Bedrock model id (ListFoundationModels, `modelId`), optionally with the geography of a profile.
# Providers have no hyphen, so a misspelled name such as claude-sonnet-4.5 does not match.
_BEDROCK_ID = re.compile(
    rf"(?:(?P<geography>{'|'.join(GEOGRAPHIES)})\.)?"
    r"(?P<id>[a-z][a-z0-9]{0,62}(?:\.[a-z0-9-]{1,63}){1,3}(?::[a-z0-9-]{1,63}){0,2})"
)
_BEDROCK_ID_LENGTH = 140


@dataclass(frozen=True)
class _Catalogue:
    models: tuple[Model, ...]
    geographies: dict[str, dict[str, tuple[str, ...]]]  # geography -> source region -> destination regions
    overlay: overlay.Overlay

    def model_on_bedrock(self, bedrock_id: str) -> Model:
        """Return a model known only by its id, assumed to be wherever the account was not asked."""
        listed = any(
            profile.endswith(f".{bedrock_id}") for ids in self.overlay.regions.values() for profile in ids
        )
        known = listed or bedrock_id in self.overlay.models
        return self._as_answered(Model(bedrock_id, bedrock_id, self.geographies, known=known))

    def _as_answered(self, model: Model) -> Model:
        """Return `model` with the account's answers, for each region that was asked."""
        if model.bedrock_id is None:
            return model
        profiles = {geography: dict(sources) for geography, sources in model.profiles.items()}
        for region, answer in self.overlay.regions.items():
            for geography in GEOGRAPHIES:
                destinations = answer.get(profile_id(geography, model.bedrock_id))
                if destinations is None:
                    profiles.get(geography, {}).pop(region, None)
                else:
                    profiles.setdefault(geography, {})[region] = destinations
        dates = self.overlay.models.get(model.bedrock_id, overlay.Dates())
        return replace(
            model,
            profiles={geography: sources for geography, sources in profiles.items() if sources},
            legacy=dates.legacy or model.legacy,
            end_of_life=dates.end_of_life or model.end_of_life,
        )

    @classmethod
    def load(cls, path: Path) -> "_Catalogue":
        data = tomllib.loads(Path(__file__).with_name("models.toml").read_text(encoding="utf-8"))
        geographies = {
            geography: _routes(geography, data["geographies"][geography]) for geography in GEOGRAPHIES
        }
        packaged = cls((), geographies, overlay.read(path))
        return replace(
            packaged,
            models=tuple(
                packaged._as_answered(
                    Model(
                        name=entry["name"],
                        bedrock_id=entry.get("bedrock_id"),
                        profiles={geography: geographies[geography] for geography in entry["geographies"]},
                        legacy=entry.get("legacy"),
                        end_of_life=entry.get("end_of_life"),
                        successor=entry.get("successor"),
                    )
                )
                for entry in data["models"]
            ),
        )


def _routes(geography: str, entry: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    if geography == "global":
        return {source: ("", source) for source in entry["regions"]}
    routes = {source: tuple(entry["regions"]) for source in entry["regions"]}
    return routes | {source: tuple(regions) for source, regions in entry.get("exceptions", {}).items()}


_load = cache(_Catalogue.load)


def _catalogue() -> _Catalogue:
    return _load(overlay.default_path())


def forget() -> None:
    """Make the next look-up read the data again, after the overlay was written."""
    _load.cache_clear()


def all_models() -> tuple[Model, ...]:
    """Return every model in the packaged catalogue, with the account's answers."""
    return _catalogue().models


def find_model(name: str) -> Model | None:
    """Return the known model with this name or Bedrock id (without geography), or None."""
    for model in all_models():
        if name in (model.name, model.bedrock_id):
            return model
    if _BEDROCK_ID.fullmatch(name):
        model = _catalogue().model_on_bedrock(name)
        return model if model.known else None
    return None


def parse_model(name: str, field: str = "models") -> Model:
    """Return the model on Bedrock that a configured value names.

    Accepts Port's name (`claude-sonnet-4-5-20250929`), a Bedrock model id (`anthropic.claude-foo-v1:0`;
    `known` is False if neither the catalog nor the account has it), or the id of a system-defined profile
    (`eu.anthropic.claude-foo-v1:0`: the model with only that geography's profiles).

    Raises ConfigError for anything else, suggesting similar names.
    """
    if not name.strip():
        raise ConfigError(
            field, "a model's name is empty", "give Port's name of the model or its Bedrock model id"
        )
    if name.startswith("arn:"):
        raise ConfigError(
            field,
            f"{name!r} is an ARN, but models are given by name",
            f"give the part after the last slash: {name.rpartition('/')[2]!r}",
        )
    form = _BEDROCK_ID.fullmatch(name)
    model = find_model(form["id"] if form else name)
    if model is not None and model.bedrock_id is None:
        raise ConfigError(field, f"{name!r} is not on Bedrock", f"use one of {', '.join(_names())}")
    if model is None and form and len(form["id"]) <= _BEDROCK_ID_LENGTH:
        model = _catalogue().model_on_bedrock(form["id"])
    if model is None:
        similar = _similar(name)
        raise ConfigError(
            field,
            f"{name!r} is neither one of Port's models on Bedrock nor a Bedrock model id",
            f"did you mean {' or '.join(map(repr, similar))}?"
            if similar
            else f"use one of {', '.join(_names())}, or a Bedrock id",
        )
    if form and form["geography"]:
        geography = form["geography"]
        return replace(
            model, profiles={key: value for key, value in model.profiles.items() if key == geography}
        )
    return model


def bedrock_models(geography: str, *, allow_end_of_life: bool, today: date) -> list[Model]:
    """Return the models that Port knows for Bedrock and that have a profile in `geography`.

    Models past their end of life are left out unless allowed.
    """
    models = [model for name in models_for("bedrock") if (model := find_model(name))]
    return [
        model
        for model in models
        if geography in model.profiles
        and (allow_end_of_life or model.lifecycle(today) is not Lifecycle.END_OF_LIFE)
    ]


def source_regions(geography: str) -> tuple[str, ...]:
    """Return the regions in which profiles of `geography` can be called, for models in general."""
    catalogue = _catalogue()
    answered = (region for region in catalogue.overlay.regions if destinations_of(geography, region))
    return tuple(dict.fromkeys((*catalogue.geographies[geography], *answered)))


def destinations_of(geography: str, source_region: str) -> tuple[str, ...]:
    """Return the regions that profiles of `geography` called in `source_region` route to, for all models."""
    catalogue = _catalogue()
    answer = catalogue.overlay.regions.get(source_region, {})
    answered = (
        region
        for profile, regions in answer.items()
        if profile.startswith(f"{geography}.")
        for region in regions
    )
    return tuple(dict.fromkeys((*catalogue.geographies[geography].get(source_region, ()), *answered)))


def geography_of_region(region: str) -> str | None:
    """Return the widest geography except `global` whose profiles can be called in `region`, or None.

    A model may be there only under a narrower one (`jp`, `au`): see `Model.geographies`.
    """
    geographies = _catalogue().geographies
    return next((name for name in GEOGRAPHIES if name != "global" and region in geographies[name]), None)


def _names() -> list[str]:
    """Return Port's names of models on Bedrock, without those that have a successor."""
    return [model.name for model in all_models() if model.bedrock_id and not model.successor]


def _similar(name: str) -> list[str]:
    wanted = name.strip().lower()
    return [known for known in _names() if wanted in known] or get_close_matches(wanted, _names(), n=2)
