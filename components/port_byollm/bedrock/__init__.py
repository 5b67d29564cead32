"""Components that connect AWS Bedrock to Port."""

from port_byollm.bedrock.connection import Auth, BedrockConnection, BedrockConnectionArgs
from port_byollm.bedrock.gateway_role import GatewayRole, GatewayRoleArgs
from port_byollm.bedrock.gateway_user import GatewayUser, GatewayUserArgs
from port_byollm.bedrock.invoke_policy import BedrockInvokePolicy, BedrockInvokePolicyArgs, Scope
from port_byollm.bedrock.model_access import AnthropicModelAccess, AnthropicModelAccessArgs, UseCase

__all__ = [
    "AnthropicModelAccess",
    "AnthropicModelAccessArgs",
    "Auth",
    "BedrockConnection",
    "BedrockConnectionArgs",
    "BedrockInvokePolicy",
    "BedrockInvokePolicyArgs",
    "GatewayRole",
    "GatewayRoleArgs",
    "GatewayUser",
    "GatewayUserArgs",
    "Scope",
    "UseCase",
]
