"""Which provider and which model a request gets (Port's page "Selecting LLM Provider")."""

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
"""Port's own models: always there, and not among the configured providers until something was changed."""


def configured(store: Store, organization_id: str, provider: str) -> LlmProvider | None:
    """The organization's registration of `provider`."""
    found = store.llm_providers.get(organization_id, provider)
    return PORT if found is None and provider == PORT.provider else found


def defaults(store: Store, organization_id: str) -> LlmDefaults:
    """The organization's, or Port's system default where it has set none."""
    return store.llm_defaults.get(organization_id) or LlmDefaults(*SYSTEM_DEFAULT)


def usable(store: Store, organization_id: str, provider: str, model: str) -> LlmProvider:
    """The registration that a request would use: the first three of "Provider validation", in their order.

    Raises PortError 404 `LLMProviderNotFoundError`, 400 `LLMProviderModelNotEnabledError`.
    """
    found = configured(store, organization_id, provider)
    if found is None:
        raise provider_not_found(provider)
    if not found.enabled:
        raise model_not_enabled(provider, model, ": the provider is disabled")
    if not wire.effective_models(provider, found.overrides).get(model):
        raise model_not_enabled(provider, model)
    return found


def select(store: Store, caller: Caller, provider: str | None, model: str | None) -> tuple[LlmProvider, str]:
    """The registration and the model of a request, which may name either, both or none.

    Raises as `usable` does, and PortError 403 for a provider that members may not use.
    """
    default = defaults(store, caller.organization.id)
    provider, model = provider or default.provider, model or default.model
    found = usable(store, caller.organization.id, provider, model)
    of_members = store.settings.get().member_providers
    if caller.role is Role.MEMBER and of_members is not None and provider not in of_members:
        raise PortError(403, FORBIDDEN, f"You do not have permission to use LLM provider '{provider}'")
    return found, model
