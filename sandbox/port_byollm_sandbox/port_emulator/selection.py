"""The selection of a request's provider and model (Port's page "Selecting LLM Provider")."""

from port_byollm.catalogue import SYSTEM_DEFAULT
from port_byollm_sandbox.port_emulator import wire
from port_byollm_sandbox.port_emulator.errors import (
    FORBIDDEN,
    PortError,
    model_not_enabled,
    provider_not_found,
)
from port_byollm_sandbox.port_emulator.organizations import Caller, Role
from port_byollm_sandbox.port_emulator.store import LlmDefaults, LlmProvider, Store

PORT = LlmProvider("port", enabled=True, config={}, overrides=None)
"""Port's own models: always available, but listed among the configured providers only after a change."""


def configured(store: Store, organization_id: str, provider: str) -> LlmProvider | None:
    """Return the organization's registration of `provider`."""
    registered = store.llm_providers.get(organization_id, provider)
    return PORT if registered is None and provider == PORT.provider else registered


def defaults(store: Store, organization_id: str) -> LlmDefaults:
    """Return the organization's defaults, or Port's system default if it has set none."""
    return store.llm_defaults.get(organization_id) or LlmDefaults(*SYSTEM_DEFAULT)


def usable(store: Store, organization_id: str, provider: str, model: str) -> LlmProvider:
    """Return the registration if usable, by the first three checks of "Provider validation", in order.

    Raises PortError 404 `LLMProviderNotFoundError`, 400 `LLMProviderModelNotEnabledError`.
    """
    registered = configured(store, organization_id, provider)
    if registered is None:
        raise provider_not_found(provider)
    if not registered.enabled:
        raise model_not_enabled(provider, model, ": the provider is disabled")
    if not wire.effective_models(provider, registered.overrides).get(model):
        raise model_not_enabled(provider, model)
    return registered


def select(store: Store, caller: Caller, provider: str | None, model: str | None) -> tuple[LlmProvider, str]:
    """Return the registration and the model for a request, which may name one, both or neither.

    Raises as `usable` does, and PortError 403 for a provider that members may not use.
    """
    default = defaults(store, caller.organization.id)
    provider, model = provider or default.provider, model or default.model
    registered = usable(store, caller.organization.id, provider, model)
    for_members = store.settings.get().member_providers
    if caller.role is Role.MEMBER and for_members is not None and provider not in for_members:
        raise PortError(403, FORBIDDEN, f"You do not have permission to use LLM provider '{provider}'")
    return registered, model
