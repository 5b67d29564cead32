"""Check the configuration against `byollm:dataResidency`.

The role's trust policy enforces it for Port's gateway (`stacks/__main__.py`), `LlmDefaults` for the defaults.
"""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from port_byollm.catalogue import API_HOSTS, SYSTEM_DEFAULT, source_regions
from port_byollm.errors import ConfigError
from port_byollm.loopback import is_loopback
from port_byollm.stack_config import StackConfig

_KEY = "byollm:dataResidency"


def check(config: StackConfig, settings: Mapping[str, str]) -> None:
    """Check `config`. `settings` is the stack's whole configuration, by full keys.

    Raises:
        ConfigError: prompts could leave the residency; the error names every key that lets them.
    """
    if config.data_residency is None:
        return
    violations = [*_outside(config, config.data_residency, settings)]
    if violations:
        (key, problem), *others = violations
        way_out = f"change what leaves it, or {_KEY}"
        raise ConfigError(key, "; ".join([problem, *map(": ".join, others)]), way_out)


def _outside(config: StackConfig, residency: str, settings: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each key that violates the residency, and the problem."""
    declared = f"leaves the declared data residency {residency!r}"
    host = urlsplit(settings.get("port-byollm:baseUrl", "")).hostname
    expected = API_HOSTS.get(residency)
    if host and expected and host != expected and not is_loopback(host):
        yield "port-byollm:baseUrl", f"{host!r} {declared}, where Port is at https://{expected}"
    if config.bedrock:
        if config.bedrock.geography != residency:
            yield "byollm:bedrock.geography", f"{config.bedrock.geography!r} {declared}; use {residency!r}"
        if config.bedrock.scope == "documented":
            yield "byollm:bedrock.scope", f"'documented' permits any region and {declared}; use 'pinned'"
        region = settings.get("aws:region")
        if region and region not in source_regions(residency):
            yield "aws:region", f"{region!r} {declared}; use one of {', '.join(source_regions(residency))}"
    if config.defaults and config.defaults.provider == SYSTEM_DEFAULT[0]:
        yield "byollm:defaults.provider", f"{config.defaults.provider!r}, Port's own models, {declared}"
