"""The address and the credentials of an emulator that keeps its state; the credentials survive restarts."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from port_byollm_sandbox.port_emulator.app import Tenant
from port_byollm_sandbox.port_emulator.organizations import Credential, Organization, Role
from port_byollm_sandbox.port_emulator.store import StoreError
from port_byollm_sandbox.upstreams.server import Upstreams

ORGANIZATION = Organization("sandbox", "Sandbox", "eu")


@dataclass(frozen=True)
class Access:
    """Credentials for Port and the keys that the providers' upstreams accept."""

    credentials: Mapping[Role, Credential]
    api_keys: Mapping[str, str] = field(repr=False)
    """Port's name of the provider -> key."""

    @property
    def tenant(self) -> Tenant:
        return Tenant(ORGANIZATION, self.credentials)

    @classmethod
    def kept_in(cls, path: Path) -> Self:
        """Read `path`; if it does not exist, create new credentials and write them there.

        Raises StoreError if the file is malformed.
        """
        try:
            return cls._from_json(json.loads(path.read_text()))
        except (ValueError, LookupError, TypeError):
            raise StoreError(
                f"{path} is not a credentials file of the emulator; delete it to get new credentials"
            ) from None
        except FileNotFoundError:
            keys = {provider: upstream.api_key for provider, upstream in Upstreams().items()}
            access = cls({role: Credential.random() for role in Role}, keys)
            # Written before the database has them: if killed in between, the next start adds them there.
            access.write(path)
            return access

    @classmethod
    def _from_json(cls, content: Any) -> Self:
        return cls(
            {role: Credential(content[role]["clientId"], content[role]["clientSecret"]) for role in Role},
            {provider: upstream["apiKey"] for provider, upstream in content["upstreams"].items()},
        )

    def write(self, path: Path, base_url: str | None = None) -> None:
        """Write the file atomically, readable only by its owner."""
        content: dict[str, Any] = {
            "baseUrl": base_url,
            **{role: credential.to_json() for role, credential in self.credentials.items()},
            "upstreams": {provider: {"apiKey": key} for provider, key in self.api_keys.items()},
        }
        draft = path.with_name(f"{path.name}.new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(content, file, indent=2)
        draft.replace(path)
