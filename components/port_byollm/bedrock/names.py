"""Names of IAM's roles, users and policies: deterministic, so that permissions to deploy can be written for
them, and an update that was killed finds its own."""

import re

import pulumi

from port_byollm.errors import ConfigError

# What IAM takes for both a role's and a user's name, and Port in a role's ARN.
_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")


def default_name() -> str:
    """`port-byollm-<stack>`."""
    return f"port-byollm-{pulumi.get_stack()}"


def check_name(name: str, field: str) -> str:
    """Return `name` where it can be a role's or user's. Raises ConfigError for `field` where not."""
    if not _NAME.fullmatch(name):
        raise ConfigError(
            field,
            f"{name!r} is no name that IAM and Port both accept",
            "use 1 to 64 letters, digits or any of _+=,.@- and no path",
        )
    return name
