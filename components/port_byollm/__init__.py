"""Bring your own LLM to Port, as Pulumi components.

Names are imported lazily: the plugin, the sandbox and the command line use parts of this package that need
neither `pulumi` nor `pulumi_aws`, whose import takes most of a second.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from port_byollm.anthropic import AnthropicConnection
    from port_byollm.api_key import ApiKeyConnectionArgs
    from port_byollm.azure_openai import AzureOpenAiConnection, AzureOpenAiConnectionArgs
    from port_byollm.bedrock import (
        AnthropicModelAccess,
        AnthropicModelAccessArgs,
        Auth,
        BedrockConnection,
        BedrockConnectionArgs,
        BedrockInvokePolicy,
        BedrockInvokePolicyArgs,
        GatewayRole,
        GatewayRoleArgs,
        GatewayUser,
        GatewayUserArgs,
        Scope,
        UseCase,
    )
    from port_byollm.openai import OpenAiConnection
    from port_byollm.resources import ExternalId, LlmDefaults, LlmProvider, Ownership, Provider, Secret

__all__ = [
    "AnthropicConnection",
    "AnthropicModelAccess",
    "AnthropicModelAccessArgs",
    "ApiKeyConnectionArgs",
    "Auth",
    "AzureOpenAiConnection",
    "AzureOpenAiConnectionArgs",
    "BedrockConnection",
    "BedrockConnectionArgs",
    "BedrockInvokePolicy",
    "BedrockInvokePolicyArgs",
    "ExternalId",
    "GatewayRole",
    "GatewayRoleArgs",
    "GatewayUser",
    "GatewayUserArgs",
    "LlmDefaults",
    "LlmProvider",
    "OpenAiConnection",
    "Ownership",
    "Provider",
    "Scope",
    "Secret",
    "UseCase",
]

# The modules of the names that are not in `port_byollm.bedrock`.
_MODULES = {
    "AnthropicConnection": "anthropic",
    "ApiKeyConnectionArgs": "api_key",
    "AzureOpenAiConnection": "azure_openai",
    "AzureOpenAiConnectionArgs": "azure_openai",
    "ExternalId": "resources",
    "LlmDefaults": "resources",
    "LlmProvider": "resources",
    "OpenAiConnection": "openai",
    "Ownership": "resources",
    "Provider": "resources",
    "Secret": "resources",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"port_byollm.{_MODULES.get(name, 'bedrock')}"), name)
