"""The settings with which Port is called, and where they come from."""

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
