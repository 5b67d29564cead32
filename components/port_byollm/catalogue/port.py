"""Port's published data: LLM providers, models, defaults, and the principals of its gateway."""

from collections.abc import Mapping

ALL_MODEL_NAMES = (
    "gpt-5",
    "claude-sonnet-4-20250514",
    "claude-haiku-4-5-20251001",
    "claude-sonnet-4-5-20250929",
)
"""The models in `overrides.models` of `PUT /v1/llm-providers/{provider}`, in the order of Port's OpenAPI."""

PROVIDERS: Mapping[str, tuple[str, ...]] = {
    "openai": ALL_MODEL_NAMES[:1],
    "azure-openai": ALL_MODEL_NAMES[:1],
    "anthropic": ALL_MODEL_NAMES[1:],
    "bedrock": ALL_MODEL_NAMES[1:],
    "port": ALL_MODEL_NAMES,
    # In Port's documentation but not in its OpenAPI; the user registers their models.
    "azure-anthropic": (),
    "vertex-gemini": (),
    "vertex-anthropic": (),
    "openai-compatible": (),
    "anthropic-compatible": (),
}
"""Port's providers, each with the models that `POST /v1/llm-providers` accepts overrides for."""

SYSTEM_DEFAULT = ("port", "claude-sonnet-4-5-20250929")
"""Provider and model that Port uses if an organization has set no defaults."""

GATEWAY_PRINCIPALS: Mapping[str, str] = {
    "eu": "arn:aws:iam::185657066287:role/port-ai-bring-your-own-llm-eu-west-1",
    "us": "arn:aws:iam::185657066287:role/port-ai-bring-your-own-llm-us-east-1",
}
"""Region of the Port organization -> role with which its LLM gateway assumes a customer's role
(Setup & Configuration, "Trust relationship configuration")."""

API_HOSTS: Mapping[str, str] = {"eu": "api.port.io", "us": "api.us.port.io"}
"""Region of the Port organization -> host of its API (Port, "Selecting a Port API URL by account region")."""


def models_for(provider: str) -> tuple[str, ...]:
    """Return Port's names of the models that `provider` can enable; empty if Port does not list them."""
    return PROVIDERS.get(provider, ())
