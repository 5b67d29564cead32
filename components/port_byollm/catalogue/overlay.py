"""An account's answers about its models, in a file of the project.

Commit the file, so that everyone who runs the stack gets the same policies. It is beside the project's
`Pulumi.yaml`, in the working directory or its nearest parent; `PORT_BYOLLM_CATALOGUE` names another file.
"""

import json
import os
import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from port_byollm.errors import ConfigError
from port_byollm.project import project_file

FILE_NAME = "port-byollm-catalogue.json"


@dataclass(frozen=True)
class Dates:
    """Lifecycle dates of one Bedrock model id."""

    legacy: date | None = None
    end_of_life: date | None = None


@dataclass(frozen=True)
class Overlay:
    """`regions` maps source region -> inference profile id -> destination regions, and is complete for each
    of its regions. `models` maps Bedrock model id -> dates."""

    regions: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    models: dict[str, Dates] = field(default_factory=dict)

    def to_json(self) -> str:
        document = {
            "regions": {
                region: {profile: list(destinations) for profile, destinations in sorted(profiles.items())}
                for region, profiles in sorted(self.regions.items())
            },
            "models": {
                model: {
                    key: day.isoformat()
                    for key, day in (("legacy", dates.legacy), ("endOfLife", dates.end_of_life))
                    if day is not None
                }
                for model, dates in sorted(self.models.items())
            },
        }
        return json.dumps(document, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Overlay":
        """Parse the output of `to_json`. Raises ValueError, KeyError, TypeError or AttributeError."""
        document = json.loads(text)
        return cls(
            regions={
                region: {profile: tuple(_regions(destinations)) for profile, destinations in profiles.items()}
                for region, profiles in document["regions"].items()
            },
            models={
                model: Dates(**{_FIELDS[key]: date.fromisoformat(day) for key, day in dates.items()})
                for model, dates in document["models"].items()
            },
        )


_FIELDS = {"legacy": "legacy", "endOfLife": "end_of_life"}
_REGION = re.compile(r"(?:[a-z]{2,3}(?:-[a-z]+)+-[0-9])?")  # empty for global profiles


def _regions(values: object) -> list[str]:
    if not isinstance(values, list) or not all(
        isinstance(value, str) and _REGION.fullmatch(value) for value in values
    ):
        raise ValueError(f"{values!r} is not a list of regions")
    return values


def default_path() -> Path:
    """Return the path of the overlay, whether or not it exists."""
    configured = os.environ.get("PORT_BYOLLM_CATALOGUE")
    return Path(configured) if configured else _beside_project(Path.cwd())


@cache
def _beside_project(directory: Path) -> Path:
    # Cached, because every look-up of a model needs it.
    project = project_file(directory)
    return (project.parent if project else directory) / FILE_NAME


def read(path: Path) -> Overlay:
    """Return the overlay at `path`, or an empty one if the file does not exist.

    Raises ConfigError if the file is unreadable or invalid.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Overlay()
    except OSError as error:
        raise ConfigError(
            str(path), f"cannot be read ({error.strerror})", "name another file in PORT_BYOLLM_CATALOGUE"
        ) from error
    try:
        return Overlay.from_json(text)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            str(path), f"is not a model catalogue ({error})", "delete it and run `port-byollm models refresh`"
        ) from error
