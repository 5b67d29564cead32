"""Which models a connection grants, and which of them Port enables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Self

from port_byollm.catalogue import Lifecycle, Model, bedrock_models, models_for, parse_model
from port_byollm.errors import ConfigError

_PROVIDER = "bedrock"
_ANTHROPIC = "anthropic."


@dataclass(frozen=True)
class ModelSelection:
    """The models that a policy grants in one geography."""

    granted: Sequence[Model] | Literal["all"]
    """The named models, or all models on Bedrock."""
    offered: Sequence[str]
    """Names of the granted models that Port may offer."""
    warnings: Sequence[str]
    """Warnings about `models` that do not stop an update."""

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
        """Select `models`, or all models, to be called through the inference profiles of `geography`.

        Raises:
            ConfigError: neither or both of `models` and `all_models` are given, a name is not a model, or a
                model is past its end of life without `allow_end_of_life`.
        """
        today = today or date.today()
        if all_models == bool(models):
            raise ConfigError("models", "name the models, or ask for all of them", "one of the two")
        if models is None:
            # Port tests all enabled models, so those that cannot be invoked are left out.
            offered = bedrock_models(geography, allow_end_of_life=allow_end_of_life, today=today)
            return cls("all", [model.name for model in offered], ())
        granted = [parse_model(name) for name in dict.fromkeys(models)]
        warnings = [warning for model in granted for warning in _check(model, allow_end_of_life, today)]
        return cls(granted, [model.name for model in granted if _has_port_name(model)], warnings)

    def anthropic(self) -> list[str]:
        """Return the Bedrock ids of the granted models from Anthropic.

        If all models are granted, return only those offered.
        """
        models = [parse_model(name) for name in self.offered] if self.granted == "all" else self.granted
        return [
            bedrock_id for model in models if (bedrock_id := model.bedrock_id or "").startswith(_ANTHROPIC)
        ]

    def registration(self, disabled: Sequence[str] = ()) -> dict[str, bool]:
        """Return, for each model that Port knows for Bedrock, whether it is enabled.

        It names every model, because Port enables and tests each one that a registration leaves out.

        Raises:
            ConfigError: a disabled model is not among those offered.
        """
        for name in disabled:
            if name not in self.offered:
                raise ConfigError(
                    "disabled_models",
                    f"{name!r} is not among the models granted",
                    f"use any of {', '.join(self.offered)}",
                )
        names = dict.fromkeys([*models_for(_PROVIDER), *self.offered])
        return {name: name in self.offered and name not in disabled for name in names}


def _has_port_name(model: Model) -> bool:
    return model.name != model.bedrock_id


def _check(model: Model, allow_end_of_life: bool, today: date) -> Iterator[str]:
    if not model.known:
        yield (
            f"{model.name} is not in the catalog, so nothing about it could be checked; "
            "`port-byollm models refresh` asks your account"
        )
    if not _has_port_name(model):
        yield f"the policy grants {model.name}, but Port has no name for it and cannot offer it"
    yield from _check_lifecycle(model, allow_end_of_life, today)


def _check_lifecycle(model: Model, allow_end_of_life: bool, today: date) -> Iterator[str]:
    way_out = f"use {model.successor}" if model.successor else "choose another model"
    match model.lifecycle(today):
        case Lifecycle.END_OF_LIFE if not allow_end_of_life:
            raise ConfigError(
                "models",
                f"{model.name} is past its end of life on Bedrock ({model.end_of_life})",
                f"{way_out}, or allow end of life if your account still has it",
            )
        case Lifecycle.END_OF_LIFE:
            yield f"{model.name} is past its end of life on Bedrock ({model.end_of_life}); {way_out}"
        case Lifecycle.LEGACY:
            yield (
                f"{model.name} is Legacy on Bedrock since {model.legacy} and answers 404 to "
                f"accounts that have not used it for 30 days; {way_out}"
            )
