"""Bring your own LLM to Port, as Pulumi components.

A name is imported when it is first asked for: plugin, sandbox and command line use parts of this package that
need neither `pulumi` nor `pulumi_aws`, and would wait most of a second for them at each start.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from port_byollm.bedrock import (
        BedrockConnection,
        BedrockConnectionArgs,
        BedrockInvokePolicy,
        BedrockInvokePolicyArgs,
        GatewayRole,
        GatewayRoleArgs,
        Scope,
    )
    from port_byollm.resources import ExternalId, LlmDefaults, LlmProvider, Secret

__all__ = [
    "BedrockConnection",
    "BedrockConnectionArgs",
    "BedrockInvokePolicy",
    "BedrockInvokePolicyArgs",
    "ExternalId",
    "GatewayRole",
    "GatewayRoleArgs",
    "LlmDefaults",
    "LlmProvider",
    "Scope",
    "Secret",
]

_RESOURCES = frozenset({"ExternalId", "LlmDefaults", "LlmProvider", "Secret"})


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module("port_byollm.resources" if name in _RESOURCES else "port_byollm.bedrock")
    return getattr(module, name)
