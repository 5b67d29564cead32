"""Load the running stack's configuration, and check it across sections.

`port_byollm.stack_config` has the sections. Errors name keys as in `Pulumi.<stack>.yaml`.
"""

import json
from collections.abc import Mapping

from pulumi.runtime.config import CONFIG, is_config_secret

import residency
from port_byollm.client.base_url import parse_base_url
from port_byollm.errors import ConfigError
from port_byollm.stack_config import PREFIX, StackConfig, parse

LOCAL_STACK = "local"

# A misspelled namespace would silently remove its resources.
_NAMESPACES = frozenset({"aws", "byollm", "port-byollm", "pulumi"})
_PLUGIN_KEYS = frozenset({"baseUrl", "clientId", "clientSecret"})


def load(stack: str) -> StackConfig:
    """Return the configuration of the running stack.

    Raises:
        ConfigError: keys are unknown or missing, or values are invalid; the error names all of them.
    """
    settings = CONFIG.get()
    _check_plugin_keys(stack, settings)
    config = parse({key: _value(text) if key.startswith(PREFIX) else text for key, text in settings.items()})
    for name, provider in config.api_key_providers().items():
        # The engine passes all values decrypted, and separately which keys are secret.
        if provider.api_key and not is_config_secret(PREFIX + name):
            raise ConfigError(
                f"{PREFIX}{name}.apiKey",
                "is in plain text",
                f"set it with `pulumi config set --secret --path {PREFIX}{name}.apiKey`, and replace the "
                "key at its vendor: anyone who has read the file knows it",
            )
    if stack != LOCAL_STACK and config.target is None:
        raise ConfigError(
            f"{PREFIX}target",
            "missing",
            "set the AWS account and Port organization of the stack, and what it manages there: "
            '{awsAccountId: "111122223333", portOrganization: acme, manages: [bedrock, defaults]}',
        )
    residency.check(config, settings)
    return config


def _check_plugin_keys(stack: str, keys: Mapping[str, str]) -> None:
    for key in keys:
        namespace, _, name = key.partition(":")
        if namespace not in _NAMESPACES:
            known = ", ".join(sorted(_NAMESPACES))
            raise ConfigError(key, "unknown configuration key", f"its namespace is none of {known}")
        if namespace == "port-byollm" and name not in _PLUGIN_KEYS:
            raise ConfigError(
                key, "unknown configuration key", f"known are {', '.join(sorted(_PLUGIN_KEYS))}"
            )
    if stack == LOCAL_STACK:
        return
    if "aws:region" not in keys:
        raise ConfigError("aws:region", "missing", "set the region in which Port calls Bedrock")
    base_url = keys.get("port-byollm:baseUrl")
    if base_url is None:
        raise ConfigError(
            "port-byollm:baseUrl", "missing", "set https://api.port.io (EU) or https://api.us.port.io (US)"
        )
    try:
        parse_base_url(base_url)
    except ConfigError as error:
        raise ConfigError(f"port-byollm:{error.field}", error.problem, error.way_out) from None


def _value(text: str) -> object:
    """Decode a value: the engine passes scalars as text, and everything else as JSON."""
    return json.loads(text) if text.startswith(("{", "[")) else text
