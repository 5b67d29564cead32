"""Organizations and who speaks for them."""

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Self

PortRegion = Literal["eu", "us"]


class Role(StrEnum):
    """Who a credential stands for (Setup & Configuration, "Permissions & Access Control")."""

    ADMIN = "admin"
    MEMBER = "member"


@dataclass(frozen=True)
class Credential:
    """A pair that `POST /v1/auth/access_token` takes; the secret stays out of its repr."""

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
    """An organization in Port; its Port region decides which gateway principal assumes roles."""

    id: str
    name: str
    port_region: PortRegion

    def to_json(self) -> dict[str, str]:
        return {"id": self.id, "name": self.name, "portRegion": self.port_region}


@dataclass(frozen=True)
class Caller:
    """Who sent a request."""

    client_id: str
    role: Role
    organization: Organization
