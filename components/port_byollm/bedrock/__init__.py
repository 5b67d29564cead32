"""Components that connect AWS Bedrock to Port."""

from port_byollm.bedrock.connection import BedrockConnection, BedrockConnectionArgs
from port_byollm.bedrock.gateway_role import GatewayRole, GatewayRoleArgs
from port_byollm.bedrock.invoke_policy import BedrockInvokePolicy, BedrockInvokePolicyArgs, Scope

__all__ = [
    "BedrockConnection",
    "BedrockConnectionArgs",
    "BedrockInvokePolicy",
    "BedrockInvokePolicyArgs",
    "GatewayRole",
    "GatewayRoleArgs",
    "Scope",
]
