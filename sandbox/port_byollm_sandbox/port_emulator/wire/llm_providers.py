"""Registrations of LLM providers, and the models that they enable."""

from collections.abc import Mapping
from typing import Any

from port_byollm.catalogue import ALL_MODEL_NAMES, models_for
from port_byollm_sandbox.port_emulator import store
from port_byollm_sandbox.port_emulator.errors import PortError
from port_byollm_sandbox.port_emulator.wire.body import Body
from port_byollm_sandbox.port_emulator.wire.stamps import stamps


class ModelOverride(Body):
    enabled: bool = True


class Overrides(Body):
    models: dict[str, ModelOverride] | None = None


class PutLlmProvider(Body):
    """A registration; `parse_config` reads the config, because its shape depends on the provider."""

    config: dict[str, Any] | None = None
    overrides: Overrides | None = None
    enabled: bool = True


class CreateLlmProvider(PutLlmProvider):
    provider: str


def parse_overrides(
    provider: str, overrides: Overrides | None, required: tuple[str, ...]
) -> dict[str, bool] | None:
    """Model -> enabled; None if nothing is overridden.

    Raises PortError unless `overrides` names exactly the `required` models: the OpenAPI requires every model
    of every provider for PUT, and the provider's own for POST. A provider whose models users register accepts
    any.
    """
    if overrides is None or overrides.models is None:
        return None
    if not models_for(provider):
        return {name: model.enabled for name, model in overrides.models.items()}
    missing = [name for name in required if name not in overrides.models]
    unknown = [name for name in overrides.models if name not in required]
    if missing:
        raise PortError(400, "invalid_request", f"overrides.models.{missing[0]} is required")
    if unknown:
        raise PortError(400, "invalid_request", f"overrides.models.{unknown[0]} is not allowed")
    return {name: model.enabled for name, model in overrides.models.items()}


def effective_models(provider: str, overrides: Mapping[str, bool] | None) -> dict[str, bool]:
    """All of Port's models, and those that the overrides register -> whether requests may use them."""
    own = models_for(provider)
    if not own:
        return dict.fromkeys(ALL_MODEL_NAMES, False) | dict(overrides or {})
    return {name: name in own and (overrides or {}).get(name, True) for name in ALL_MODEL_NAMES}


def llm_provider(provider: store.LlmProvider) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "provider": provider.provider,
        "enabled": provider.enabled,
        "config": dict(provider.config),
    }
    if provider.overrides is not None:
        # The answer names all models, whichever the request had to name.
        overrides = dict.fromkeys(ALL_MODEL_NAMES, False) | dict(provider.overrides)
        answer["overrides"] = {"models": _models(overrides)}
    answer["effectiveModels"] = _models(effective_models(provider.provider, provider.overrides))
    return answer | stamps(provider.stamps)


def _models(enabled: Mapping[str, bool]) -> dict[str, dict[str, bool]]:
    return {name: {"enabled": value} for name, value in enabled.items()}
