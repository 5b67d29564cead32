"""Adopt providers with an API key: `byollm:openai` and similar sections."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from port_byollm.catalogue import models_for
from port_byollm.cli.adopt.finding import Adoption, CannotAdopt
from port_byollm.cli.adopt.imports import Import
from port_byollm.cli.stack.stack import SECRET

if TYPE_CHECKING:
    from port_byollm.client.wire import LlmProvider

COMPONENTS = {
    "openai": "OpenAiConnection",
    "anthropic": "AnthropicConnection",
    "azure-openai": "AzureOpenAiConnection",
}
_CONFIG = {
    "openai": {"apiKeySecretName"},
    "anthropic": {"apiKeySecretName"},
    "azure-openai": {"apiKeySecretName", "resourceName", "deploymentId"},
}
_KEY_SOURCES = frozenset({"apiKeyEnv", "apiKeyAwsSecret"})


def adopt(registered: "LlmProvider", present: Any) -> Adoption:
    """Return the adoption of a provider. `present` is its section now, or `SECRET` if that holds a key.

    The stack takes over the Port secret if the section has a key or its source; otherwise it stays unmanaged.

    Raises:
        CannotAdopt: no configuration of the stack would create it.
    """
    provider, config = registered.provider, registered.config
    if more := sorted(config.keys() ^ _CONFIG[provider]):
        raise CannotAdopt(f"its config differs from what this version supports: {', '.join(more)}")
    if not registered.enabled:
        raise CannotAdopt("it is disabled, but a stack's providers are enabled; enable it in Port first")
    own = models_for(provider)
    if beyond := sorted(set(registered.effective_models) - set(own)):
        raise CannotAdopt(f"it has models that this version does not know: {', '.join(beyond)}")
    component = Import(f"port-byollm:index:{COMPONENTS[provider]}", provider)
    imports = [component]
    source = (
        {key: present[key] for key in _KEY_SOURCES & present.keys()} if isinstance(present, Mapping) else {}
    )
    secret_name = str(config["apiKeySecretName"])
    if present == SECRET or source:
        imports.append(Import("port-byollm:index:Secret", provider, secret_name, component))
        remark = f"Port's secret {secret_name} keeps its value until the key in the configuration changes."
    else:
        remark = (
            f"Port's secret {secret_name} is used as it is, and stays when the stack is destroyed; the stack "
            f"manages it once byollm:{provider} has a key and adopt: true."
        )
    imports.append(Import("port-byollm:index:LlmProvider", provider, provider, component))
    section = {**source, **{key: config[key] for key in sorted(_CONFIG[provider])}}
    if disabled := [model for model in own if model not in registered.effective_models]:
        section["disabledModels"] = disabled
    if present == SECRET:
        wanted = ", ".join(f"{key}: {value}" for key, value in section.items())
        remark += f" byollm:{provider} holds a key, so it is not changed; set in it: {wanted}."
        return Adoption(provider, {}, imports, [remark])
    return Adoption(provider, {f"byollm:{provider}": section}, imports, [remark])
