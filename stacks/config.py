"""The configuration of the running stack, and what the program asks of it beyond each section by itself.

`port_byollm.stack_config` has the sections. An error names the key as it stands in `Pulumi.<stack>.yaml`.
"""

import json
from collections.abc import Mapping

from pulumi.runtime.config import CONFIG, is_config_secret

import residency
from port_byollm.client.base_url import parse_base_url
from port_byollm.errors import ConfigError
from port_byollm.stack_config import PREFIX, StackConfig, parse

LOCAL_STACK = "local"

# A misspelt one would take its resources away without a word.
_NAMESPACES = frozenset({"aws", "byollm", "port-byollm", "pulumi"})
_PLUGIN_KEYS = frozenset({"baseUrl", "clientId", "clientSecret"})


def load(stack: str) -> StackConfig:
    """Return the configuration of the running stack.

    Raises:
        ConfigError: a key that is unknown or missing, or a value that cannot be; it names every one of them.
    """
    settings = CONFIG.get()
    _check_plugin_keys(stack, settings)
    config = parse({key: _value(text) if key.startswith(PREFIX) else text for key, text in settings.items()})
    for name, provider in config.api_key_providers().items():
        # The engine hands over all keys in plain text, and says which of them hold something encrypted.
        if provider.api_key and not is_config_secret(PREFIX + name):
            raise ConfigError(
                f"{PREFIX}{name}.apiKey",
                "is in plain text",
                f"write it with `pulumi config set --secret --path {PREFIX}{name}.apiKey`, and have it "
                "replaced where it comes from: whoever has read the file has it",
            )
    if stack != LOCAL_STACK and config.target is None:
        raise ConfigError(
            f"{PREFIX}target",
            "missing",
            "say which AWS account and Port organization the stack is for, and what it manages there: "
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
        raise ConfigError("aws:region", "missing", "set the region that Port is to call Bedrock in")
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
    """The engine hands a scalar over as it stands and anything else as JSON."""
    return json.loads(text) if text.startswith(("{", "[")) else text
