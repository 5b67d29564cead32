"""Which models a connection grants, and what Port is told of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Self

from port_byollm.catalogue import GEOGRAPHIES, Lifecycle, Model, find_model, models_for, parse_model
from port_byollm.errors import ConfigError

_PROVIDER = "bedrock"


@dataclass(frozen=True)
class ModelSelection:
    """The models that a policy grants in one geography."""

    granted: Sequence[Model | str] | Literal["all"]
    """Models of the catalogue and raw Bedrock model ids, or all that Bedrock has."""
    offered: Sequence[str]
    """Names of those that Port may offer."""
    warnings: Sequence[str]
    """What a person should know although it stops nothing."""

    @classmethod
    def of(
        cls,
        *,
        models: Sequence[str] | None,
        all_models: bool,
        geography: str,
        allow_end_of_life: bool = False,
        today: date | None = None,
    ) -> Self:
        """Select `models`, or all of them, to be called through `geography`'s profiles.

        Raises:
            ConfigError: no models or both ways at once, an unknown geography, a model that is no model, that has no profile
                in `geography`, or that is past its end of life without `allow_end_of_life`.
        """
        today = today or date.today()
        if geography not in GEOGRAPHIES:
            raise ConfigError(
                "geography",
                f"{geography!r} is no geography of Bedrock's inference profiles",
                f"use one of {', '.join(GEOGRAPHIES)}",
            )
        if all_models == bool(models):
            raise ConfigError("models", "name the models, or ask for all of them", "one of the two")
        if models is None:
            return cls("all", _offered_of_all(geography, allow_end_of_life, today), ())
        granted = [parse_model(name) for name in dict.fromkeys(models)]
        warnings: list[str] = []
        for model in granted:
            if isinstance(model, Model):
                _check_profile(model, geography)
                warnings += _check_lifecycle(model, allow_end_of_life, today)
            else:
                warnings.append(
                    f"models: {model} is not in the catalogue: the policy grants it, but Port has no name to offer it by; "
                    "`port-byollm models refresh` updates the catalogue"
                )
        return cls(granted, [model.name for model in granted if isinstance(model, Model)], warnings)

    def registration(self, disabled: Sequence[str] = ()) -> dict[str, bool]:
        """Return, for each model that Port knows for Bedrock, whether it is enabled.

        Every one is told: Port enables, and tests, whatever a registration leaves out.

        Raises:
            ConfigError: a disabled model that is not among those offered.
        """
        for name in disabled:
            if name not in self.offered:
                raise ConfigError(
                    "disabled_models", f"{name!r} is not among the models granted", f"use any of {', '.join(self.offered)}"
                )
        names = dict.fromkeys([*models_for(_PROVIDER), *self.offered])
        return {name: name in self.offered and name not in disabled for name in names}


def _offered_of_all(geography: str, allow_end_of_life: bool, today: date) -> list[str]:
    """Port tests what is enabled, so what cannot be invoked is left out."""
    models = [model for name in models_for(_PROVIDER) if (model := find_model(name))]
    return [
        model.name
        for model in models
        if geography in model.profiles
        and (allow_end_of_life or model.lifecycle(today) is not Lifecycle.END_OF_LIFE)
    ]


def _check_profile(model: Model, geography: str) -> None:
    if geography not in model.profiles:
        raise ConfigError(
            "geography",
            f"{model.name} has no inference profile in {geography!r}",
            f"use one of {', '.join(model.profiles)}, or another model",
        )


def _check_lifecycle(model: Model, allow_end_of_life: bool, today: date) -> list[str]:
    way_out = f"use {model.successor}" if model.successor else "choose another model"
    match model.lifecycle(today):
        case Lifecycle.END_OF_LIFE if not allow_end_of_life:
            raise ConfigError(
                "models",
                f"{model.name} is past its end of life on Bedrock ({model.end_of_life})",
                f"{way_out}, or allow end of life if your account still has it",
            )
        case Lifecycle.END_OF_LIFE:
            return [f"models: {model.name} is past its end of life on Bedrock ({model.end_of_life}); {way_out}"]
        case Lifecycle.LEGACY:
            return [
                f"models: {model.name} is Legacy on Bedrock since {model.legacy} and answers 404 to accounts that have not "
                f"used it for 30 days; {way_out}"
            ]
        case _:
            return []
