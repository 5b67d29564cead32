"""A stack's configuration, typed and validated, for its program and for the commands."""

from port_byollm.stack_config.keys import key
from port_byollm.stack_config.reading import PREFIX, parse, salvage, salvage_sign_in
from port_byollm.stack_config.sections import (
    ApiKeyProvider,
    AzureOpenAi,
    Bedrock,
    Defaults,
    ModelAccess,
    SignIn,
    StackConfig,
    Target,
)

__all__ = [
    "PREFIX",
    "ApiKeyProvider",
    "AzureOpenAi",
    "Bedrock",
    "Defaults",
    "ModelAccess",
    "SignIn",
    "StackConfig",
    "Target",
    "key",
    "parse",
    "salvage",
    "salvage_sign_in",
]
