"""Names of what a stack makes, where nobody says another: deterministic, so that permissions to deploy can be
written for them, and an update that was killed finds its own."""

import re

from port_byollm.errors import ConfigError

# What IAM takes for both a role's and a user's name, and Port in a role's ARN.
_IDENTITY = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")


def identity(stack: str) -> str:
    """Of the role or user that Port's gateway is, by the stack's name without its organization."""
    return f"port-byollm-{stack}"


def invoke_policy(identity: str) -> str:
    """Of the first policy to invoke models; further ones are `numbered`."""
    return f"{identity}-invoke"


def marketplace_policy(stack: str) -> str:
    return f"{identity(stack)}-marketplace"


def api_key_secret(provider: str) -> str:
    """Of the secret in Port: that of Port's setup page, step 2."""
    return f"{provider}-api-key"


def check_identity(name: str, field: str) -> str:
    """Return `name` where it can be a role's or user's. Raises ConfigError for `field` where not."""
    if not _IDENTITY.fullmatch(name):
        raise ConfigError(
            field,
            f"{name!r} is no name that IAM and Port both accept",
            "use 1 to 64 letters, digits or any of _+=,.@- and no path",
        )
    return name
