"""Data about models, providers and geographies, from Port, AWS and the user's account."""

from port_byollm.catalogue.lookup import (
    all_models,
    bedrock_models,
    destinations_of,
    find_model,
    geography_of_region,
    parse_model,
    source_regions,
)
from port_byollm.catalogue.model import GEOGRAPHIES, Lifecycle, Model, profile_id
from port_byollm.catalogue.port import (
    ALL_MODEL_NAMES,
    API_HOSTS,
    GATEWAY_PRINCIPALS,
    PROVIDERS,
    SYSTEM_DEFAULT,
    models_for,
)

__all__ = [
    "ALL_MODEL_NAMES",
    "API_HOSTS",
    "GATEWAY_PRINCIPALS",
    "GEOGRAPHIES",
    "PROVIDERS",
    "SYSTEM_DEFAULT",
    "Lifecycle",
    "Model",
    "all_models",
    "bedrock_models",
    "destinations_of",
    "find_model",
    "geography_of_region",
    "models_for",
    "parse_model",
    "profile_id",
    "source_regions",
]
