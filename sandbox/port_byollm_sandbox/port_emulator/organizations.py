"""Organizations, their roles, credentials and callers."""

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Self

PortRegion = Literal["eu", "us"]


class Role(StrEnum):
    """The role of a credential (Setup & Configuration, "Permissions & Access Control")."""

    ADMIN = "admin"
    MEMBER = "member"


@dataclass(frozen=True)
class Credential:
    """A client id and secret for `POST /v1/auth/access_token`. The repr omits the secret."""

    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        return f"Credential(client_id={self.client_id!r})"

    @classmethod
    def random(cls) -> Self:
        return cls(secrets.token_urlsafe(16), secrets.token_urlsafe(32))

    def to_json(self) -> dict[str, str]:
        return {"clientId": self.client_id, "clientSecret": self.client_secret}


@dataclass(frozen=True)
class Organization:
    """An organization in Port. Its Port region determines which gateway principal assumes roles."""

    id: str
    name: str
    port_region: PortRegion

    def to_json(self) -> dict[str, str]:
        return {"id": self.id, "name": self.name, "portRegion": self.port_region}


@dataclass(frozen=True)
class Caller:
    """The sender of a request."""

    client_id: str
    role: Role
    organization: Organization
