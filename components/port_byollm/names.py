"""Default names of a stack's resources.

They are deterministic, so that deploy permissions can name the resources and a killed update finds its own.
"""

import re

from port_byollm.errors import ConfigError

# What IAM accepts as the name of a role or user, and Port in a role's ARN.
_IDENTITY = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")


def identity(stack: str) -> str:
    """Return the name of the gateway's role or user; `stack` is without its organization."""
    return f"port-byollm-{stack}"


def invoke_policy(identity: str) -> str:
    """Return the name of the first invoke policy; further ones are `numbered`."""
    return f"{identity}-invoke"


def marketplace_policy(stack: str) -> str:
    return f"{identity(stack)}-marketplace"


def api_key_secret(provider: str) -> str:
    """Return the name of the secret in Port, as on Port's setup page, step 2."""
    return f"{provider}-api-key"


def check_identity(name: str, field: str) -> str:
    """Return `name` if it is valid for a role or user. Raises ConfigError for `field` otherwise."""
    if not _IDENTITY.fullmatch(name):
        raise ConfigError(
            field,
            f"{name!r} is not a name that both IAM and Port accept",
            "use 1 to 64 letters, digits or any of _+=,.@- and no path",
        )
    return name
