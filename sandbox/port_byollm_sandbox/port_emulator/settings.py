"""The emulator's settings, which the control plane can change."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from port_byollm.catalogue import GEOGRAPHIES

ErrorForm = Literal["openapi", "pages"]
Profile = Annotated[str, StringConstraints(pattern=rf"^({'|'.join(GEOGRAPHIES)})(\.[a-z0-9.:-]+)?$")]
"""A geography, or the id of an inference profile."""


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)

    error_form: ErrorForm = "openapi"
    """Port documents two formats of errors: that of its OpenAPI, and that of its pages."""
    token_seconds: float = Field(3600, ge=0)
    default_bedrock_region: str = Field("eu-west-1", pattern=r"^[a-z]{2}-[a-z]+-[0-9]$")
    """The region for a PUT of `bedrock` without one, as in the pages' example."""
    inference_profiles: dict[str, dict[str, Profile]] = {}
    """Model -> region -> geography (or profile id) that Port calls. Default: the region's geography."""
    monthly_invocations: int = Field(500, ge=0)
    """Each organization's quota for Port's own provider (Port's page "API Interaction", "Monthly Quota")."""
    member_providers: list[str] | None = None
    """The providers that members may use; None: all."""
