"""The client for a stack's organization in Port."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from port_byollm.cli.stack.stack import SECRET, Stack
from port_byollm.client.settings import VARIABLES, check_address, required

if TYPE_CHECKING:
    from port_byollm.client.port import PortClient


def port_client(stack: Stack, config: Mapping[str, Any]) -> "PortClient":
    """Return a client with the plugin's settings: from the configuration, else from the environment.

    Call it within `stack.environment()`; `config` is the stack's configuration.

    Raises:
        ConfigError: a setting is missing, the address cannot be Port's, or the stack has a target and the
            credentials in the environment belong to another address.
    """
    from port_byollm.client.port import PortClient

    base_url, client_id, client_secret = (_setting(stack, config, key) for key in VARIABLES)
    if "byollm:target" in config and "port-byollm:clientSecret" not in config:
        check_address(base_url)
    return PortClient(base_url, client_id, client_secret)


def _setting(stack: Stack, config: Mapping[str, Any], key: str) -> str:
    name = f"port-byollm:{key}"
    value = config.get(name)
    if value == SECRET:
        value = stack.pulumi("config", "get", name).rstrip("\n")
    return required(key, value or os.environ.get(VARIABLES[key]))
