"""The request and response bodies of Port's API, one noun per module.

Names are snake_case in Python and camelCase on the wire.
"""

from port_byollm_sandbox.port_emulator.wire.access_token import AccessTokenRequest
from port_byollm_sandbox.port_emulator.wire.body import MAX_BODY_BYTES, Body, content_of, read
from port_byollm_sandbox.port_emulator.wire.config import (
    PROVIDERS,
    ApiKeyConfig,
    AzureOpenAiConfig,
    BedrockAccessKeysConfig,
    BedrockRoleConfig,
    NoConfig,
    OpenConfig,
    ProviderConfig,
    parse_config,
    secret_names,
)
from port_byollm_sandbox.port_emulator.wire.invocations import Invoke, invocation
from port_byollm_sandbox.port_emulator.wire.llm_defaults import PutLlmDefaults, llm_defaults
from port_byollm_sandbox.port_emulator.wire.llm_providers import (
    CreateLlmProvider,
    PutLlmProvider,
    effective_models,
    llm_provider,
    parse_overrides,
)
from port_byollm_sandbox.port_emulator.wire.organization import PatchOrganization, PutOrganization, profile
from port_byollm_sandbox.port_emulator.wire.secrets import CreateSecret, UpdateSecret, secret

__all__ = [
    "MAX_BODY_BYTES",
    "PROVIDERS",
    "AccessTokenRequest",
    "ApiKeyConfig",
    "AzureOpenAiConfig",
    "BedrockAccessKeysConfig",
    "BedrockRoleConfig",
    "Body",
    "CreateLlmProvider",
    "CreateSecret",
    "Invoke",
    "NoConfig",
    "OpenConfig",
    "PatchOrganization",
    "ProviderConfig",
    "PutLlmDefaults",
    "PutLlmProvider",
    "PutOrganization",
    "UpdateSecret",
    "content_of",
    "effective_models",
    "invocation",
    "llm_defaults",
    "llm_provider",
    "parse_config",
    "parse_overrides",
    "profile",
    "read",
    "secret",
    "secret_names",
]
