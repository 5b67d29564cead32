"""Where an emulator that keeps its state listens, and what it accepts: the same at each start."""

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
    """By Port's name of the provider."""

    @property
    def tenant(self) -> Tenant:
        return Tenant(ORGANIZATION, self.credentials)

    @classmethod
    def kept_in(cls, path: Path) -> Self:
        """What `path` holds; where there is none, an access made now and written there.

        Raises StoreError for a file that is not one of ours.
        """
        try:
            return cls._from_json(json.loads(path.read_text()))
        except (ValueError, LookupError, TypeError):
            raise StoreError(
                f"{path} is not as an emulator wrote it; delete it for new credentials"
            ) from None
        except FileNotFoundError:
            keys = {provider: upstream.api_key for provider, upstream in Upstreams().items()}
            made = cls({role: Credential.random() for role in Role}, keys)
            # Before the database knows them: killed in between, the next start finds what it makes valid.
            made.write(path)
            return made

    @classmethod
    def _from_json(cls, found: Any) -> Self:
        return cls(
            {role: Credential(found[role]["clientId"], found[role]["clientSecret"]) for role in Role},
            {provider: one["apiKey"] for provider, one in found["upstreams"].items()},
        )

    def write(self, path: Path, base_url: str | None = None) -> None:
        """Whole or not at all, and readable by its owner alone."""
        content: dict[str, Any] = {
            "baseUrl": base_url,
            **{role: one.to_json() for role, one in self.credentials.items()},
            "upstreams": {provider: {"apiKey": key} for provider, key in self.api_keys.items()},
        }
        draft = path.with_name(f"{path.name}.new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(content, file, indent=2)
        draft.replace(path)
