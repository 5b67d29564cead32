"""An organization's name and profile. Settings and announcement may have additional fields."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints, field_validator

from port_byollm_sandbox.port_emulator.wire.body import Body, not_null

Content = Annotated[str, StringConstraints(min_length=1, max_length=300)]
# `date-time` of RFC 3339, which has leap seconds; a `datetime` has none.
DateTime = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
        r"[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
        r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
    ),
]
Link = Annotated[str, StringConstraints(max_length=300)]


class Open(Body):
    model_config = ConfigDict(extra="allow")


class Settings(Open):
    hidden_blueprints: list[str] | None = None
    federated_logout: bool | None = None
    portal_icon: str | None = None
    portal_title: Annotated[str, StringConstraints(max_length=30)] | None = None


class SupportSettings(Settings):
    support_user_permission: Literal["OPT_OUT", "OPT_IN"] | None = None
    support_user_ttl: Annotated[
        Literal["ONE_DAY", "ONE_WEEK", "ONE_MONTH", "FOREVER"] | None, Field(alias="supportUserTTL")
    ] = None
    support_user_expires_at: DateTime | None = None


class AnnouncementChange(Open):
    enabled: bool | None = None
    content: Content | None = None
    link: Link | None = None
    color: Literal["blue", "red"] | None = None

    # `link` may be null, which removes it.
    _not_null = field_validator("enabled", "content", "color", mode="before")(not_null)


class Announcement(AnnouncementChange):
    content: Content


class ToolSelection(Body):
    status: Literal["IN_PROGRESS", "DONE"]


class PutOrganization(Body):
    name: str
    settings: Settings | None = None
    announcement: Announcement | None = None


class PatchOrganization(Body):
    name: str
    settings: SupportSettings | None = None
    is_onboarded: bool | None = None
    tool_selection_provisioning: ToolSelection | None = None
    announcement: AnnouncementChange | None = None


def profile(body: PutOrganization | PatchOrganization) -> dict[str, Any]:
    """Return what the body sets besides the name."""
    return body.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"name"})
