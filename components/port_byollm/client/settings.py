"""The settings with which Port is called, and where they come from."""

import os

from port_byollm.errors import ConfigError

VARIABLES = {"baseUrl": "PORT_BASE_URL", "clientId": "PORT_CLIENT_ID", "clientSecret": "PORT_CLIENT_SECRET"}
"""Setting of the provider -> environment variable (the names of Port's own Terraform provider), in the order
of `PortClient`'s arguments."""


def required(key: str, value: str | None) -> str:
    """`value` of a setting. Raises ConfigError where it has none."""
    if value:
        return value
    secret = " --secret" if key == "clientSecret" else ""
    raise ConfigError(
        f"port-byollm:{key}",
        "is not set, and Port cannot be called without it",
        f"run `pulumi config set{secret} port-byollm:{key} …` or set {VARIABLES[key]}",
    )


def other_address(base_url: str) -> str | None:
    """PORT_BASE_URL, which the environment's credentials come with, where it is not `base_url`."""
    named = os.environ.get(VARIABLES["baseUrl"])
    return named if named and named.rstrip("/") != base_url.rstrip("/") else None


def check_address(base_url: str) -> None:
    """Raises ConfigError where the environment's credentials come with another address than `base_url`, which
    is of a stack's organization."""
    if other := other_address(base_url):
        raise ConfigError(
            "port-byollm:baseUrl",
            f"is {base_url}, and the credentials of the environment come with PORT_BASE_URL={other}",
            "use the credentials of the stack's organization, or unset PORT_BASE_URL",
        )
