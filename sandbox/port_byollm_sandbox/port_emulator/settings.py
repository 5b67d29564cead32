"""What the control plane can change about the emulator's behaviour."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from port_byollm.catalogue import GEOGRAPHIES

ErrorForm = Literal["openapi", "pages"]
Profile = Annotated[str, StringConstraints(pattern=rf"^({'|'.join(GEOGRAPHIES)})(\.[a-z0-9.:-]+)?$")]
"""A geography, or the id of an inference profile of one."""


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)

    error_form: ErrorForm = "openapi"
    """Port documents two forms of error: its OpenAPI's, and the one on its pages."""
    token_seconds: float = Field(3600, ge=0)
    default_bedrock_region: str = Field("eu-west-1", pattern=r"^[a-z]{2}-[a-z]+-[0-9]$")
    """Taken where a PUT of `bedrock` has no region, as in the pages' example."""
    inference_profiles: dict[str, dict[str, Profile]] = {}
    """Model x region -> geography (or profile id) that Port calls; by default the region's geography."""
    monthly_invocations: int = Field(500, ge=0)
    """Of Port's own provider, for each organization (Port's page "API Interaction", "Monthly Quota")."""
    member_providers: list[str] | None = None
    """The providers that members' requests may use; None: all."""
