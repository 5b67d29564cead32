"""Registrations of LLM providers in Port."""

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import ResourceValidationArgs

LLM_PROVIDER = "port-byollm:index:LlmProvider"
LLM_DEFAULTS = "port-byollm:index:LlmDefaults"


def is_bedrock(registration: ResourceValidationArgs) -> bool:
    return bool(registration.props.get("provider") == "bedrock")


def config(registration: ResourceValidationArgs) -> Mapping[str, Any]:
    """Return the registration's `config`, which names secrets but contains none."""
    value: Mapping[str, Any] = registration.props.get("config") or {}
    return value


def configures(registration: ResourceValidationArgs, key: str) -> bool:
    """Whether `config` has the key. (The proxy's own `in` reads the value, which may not be known yet.)"""
    return key in [*config(registration)]


def enabled_models(registration: ResourceValidationArgs) -> Iterator[str]:
    """Yield Port's names of the offered models."""
    models = registration.props.get("models") or {}
    return (name for name in models if models[name])
