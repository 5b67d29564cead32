"""The organisation in Port that a stack is about."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from port_byollm.cli.stack import SECRET, Stack
from port_byollm.errors import ConfigError

if TYPE_CHECKING:
    from port_byollm.client.port import PortClient

# In the order of PortClient's arguments.
_VARIABLES = {"baseUrl": "PORT_BASE_URL", "clientId": "PORT_CLIENT_ID", "clientSecret": "PORT_CLIENT_SECRET"}


def port_client(stack: Stack, config: Mapping[str, Any]) -> "PortClient":
    """A client for it, with the settings that the plugin takes: the configuration's, else the variables'.

    To be called within `stack.environment()`; `config` is the stack's.

    Raises:
        ConfigError: a setting is missing, or the address cannot be Port's.
    """
    from port_byollm.client.port import PortClient

    return PortClient(*(_setting(stack, config, key) for key in _VARIABLES))


def _setting(stack: Stack, config: Mapping[str, Any], key: str) -> str:
    name, variable = f"port-byollm:{key}", _VARIABLES[key]
    value = config.get(name)
    if value == SECRET:
        value = stack.pulumi("config", "get", name).rstrip("\n")
    if value := value or os.environ.get(variable):
        return str(value)
    secret = " --secret" if key == "clientSecret" else ""
    raise ConfigError(
        name,
        "is not set, and Port cannot be called without it",
        f"run `pulumi config set{secret} {name} …` or set {variable}",
    )
