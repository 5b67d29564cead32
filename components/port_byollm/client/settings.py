"""The settings for calling Port, and their sources."""

import os

from port_byollm.errors import ConfigError

VARIABLES = {"baseUrl": "PORT_BASE_URL", "clientId": "PORT_CLIENT_ID", "clientSecret": "PORT_CLIENT_SECRET"}
"""Provider setting -> environment variable, named as for Port's Terraform provider, in the order of
`PortClient`'s arguments."""


def required(key: str, value: str | None) -> str:
    """Return `value`. Raises ConfigError if it is missing."""
    if value:
        return value
    secret = " --secret" if key == "clientSecret" else ""
    raise ConfigError(
        f"port-byollm:{key}",
        "is not set, and Port cannot be called without it",
        f"run `pulumi config set{secret} port-byollm:{key} …` or set {VARIABLES[key]}",
    )


def other_address(base_url: str) -> str | None:
    """Return PORT_BASE_URL, which belongs to the environment's credentials, if it is not `base_url`."""
    address = os.environ.get(VARIABLES["baseUrl"])
    return address if address and address.rstrip("/") != base_url.rstrip("/") else None


def check_address(base_url: str) -> None:
    """Raise ConfigError if the environment's credentials are for another address than `base_url`."""
    if other := other_address(base_url):
        raise ConfigError(
            "port-byollm:baseUrl",
            f"is {base_url}, and the credentials of the environment come with PORT_BASE_URL={other}",
            "use the credentials of the stack's organization, or unset PORT_BASE_URL",
        )
