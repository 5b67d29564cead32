"""What Port publishes about its LLM providers: names, models, defaults, and the principals of its gateway."""

from collections.abc import Mapping

ALL_MODEL_NAMES = (
    "gpt-5",
    "claude-sonnet-4-20250514",
    "claude-haiku-4-5-20251001",
    "claude-sonnet-4-5-20250929",
)
"""Every model of `overrides.models` in `PUT /v1/llm-providers/{provider}`, in the order of Port's OpenAPI."""

PROVIDERS: Mapping[str, tuple[str, ...]] = {
    "openai": ALL_MODEL_NAMES[:1],
    "azure-openai": ALL_MODEL_NAMES[:1],
    "anthropic": ALL_MODEL_NAMES[1:],
    "bedrock": ALL_MODEL_NAMES[1:],
    "port": ALL_MODEL_NAMES,
    # Listed in Port's documentation, not in its OpenAPI: their models are registered by the user.
    "azure-anthropic": (),
    "vertex-gemini": (),
    "vertex-anthropic": (),
    "openai-compatible": (),
    "anthropic-compatible": (),
}
"""Providers that Port lists, each with the models that `POST /v1/llm-providers` takes overrides for."""

SYSTEM_DEFAULT = ("port", "claude-sonnet-4-5-20250929")
"""Provider and model that Port uses where an organization has set no defaults."""

GATEWAY_PRINCIPALS: Mapping[str, str] = {
    "eu": "arn:aws:iam::185657066287:role/port-ai-bring-your-own-llm-eu-west-1",
    "us": "arn:aws:iam::185657066287:role/port-ai-bring-your-own-llm-us-east-1",
}
"""Region of the Port organization -> the role that its LLM gateway has when it assumes a customer's role
(Setup & Configuration, "Trust relationship configuration")."""

API_HOSTS: Mapping[str, str] = {"eu": "api.port.io", "us": "api.us.port.io"}
"""Region of the Port organization -> host of its API (Port, "Selecting a Port API URL by account region")."""


def models_for(provider: str) -> tuple[str, ...]:
    """Port's names of the models that `provider` can enable; empty where Port does not list them."""
    return PROVIDERS.get(provider, ())
