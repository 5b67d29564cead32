"""Organizations and their credentials."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from port_byollm_sandbox.port_emulator.organizations import (
    Caller,
    Credential,
    Organization,
    PortRegion,
    Role,
)
from port_byollm_sandbox.port_emulator.store.audit import AuditTrail
from port_byollm_sandbox.port_emulator.store.database import Database
from port_byollm_sandbox.port_emulator.store.digest import digest

SCHEMA = """
CREATE TABLE organizations (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, port_region TEXT NOT NULL, profile TEXT NOT NULL);
CREATE TABLE credentials (
    client_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, role TEXT NOT NULL,
    secret_digest BLOB NOT NULL);
"""


class Organizations:
    def __init__(self, database: Database, audit: AuditTrail) -> None:
        self._database = database
        self._audit = audit

    def all(self) -> list[Organization]:
        rows = self._database.all("SELECT id, name, port_region FROM organizations ORDER BY id")
        return [Organization(*row) for row in rows]

    def get(self, organization_id: str) -> Organization | None:
        row = self._database.one(
            "SELECT id, name, port_region FROM organizations WHERE id = ?", organization_id
        )
        return None if row is None else Organization(*row)

    def create(self, organization: Organization, credentials: Iterable[tuple[Role, Credential]]) -> bool:
        """Add an organization. Return False if the id is taken."""
        with self._database.transaction():
            if self.get(organization.id) is not None:
                return False
            self._database.one(
                "INSERT INTO organizations VALUES (?, ?, ?, '{}')",
                organization.id,
                organization.name,
                organization.port_region,
            )
            self._add(organization.id, credentials)
            self._record(None, organization)
        return True

    def replace_credentials(
        self, organization_id: str, credentials: Iterable[tuple[Role, Credential]]
    ) -> None:
        """Replace all credentials of the organization. Tokens of credentials that stay remain valid."""
        with self._database.transaction():
            self._database.one("DELETE FROM credentials WHERE organization_id = ?", organization_id)
            self._add(organization_id, credentials)

    def move(self, organization_id: str, port_region: PortRegion) -> Organization | None:
        """Move the organization to another Port region. Return None if it does not exist."""
        with self._database.transaction():
            before = self.get(organization_id)
            if before is None:
                return None
            self._database.one(
                "UPDATE organizations SET port_region = ? WHERE id = ?", port_region, organization_id
            )
            after = Organization(before.id, before.name, port_region)
            self._record(before, after)
        return after

    def _add(self, organization_id: str, credentials: Iterable[tuple[Role, Credential]]) -> None:
        for role, credential in credentials:
            self._database.one(
                "INSERT INTO credentials VALUES (?, ?, ?, ?)",
                credential.client_id,
                organization_id,
                role,
                digest(credential.client_secret),
            )

    def profile(self, organization_id: str) -> dict[str, Any]:
        """Return an organization's profile: all its properties besides the name; empty by default."""
        row = self._database.one("SELECT profile FROM organizations WHERE id = ?", organization_id)
        profile: dict[str, Any] = {} if row is None else json.loads(row["profile"])
        return profile

    def describe(self, by: Caller, name: str, profile: Mapping[str, Any]) -> None:
        """Replace the name and the profile of the caller's organization."""
        before = by.organization
        with self._database.transaction():
            state = before.to_json() | self.profile(before.id)
            self._database.one(
                "UPDATE organizations SET name = ?, profile = ? WHERE id = ?",
                name,
                json.dumps(profile),
                before.id,
            )
            changed = Organization(before.id, name, before.port_region).to_json() | dict(profile)
            self._audit.succeeded(by, before.id, "organization", before.id, state, changed)

    def _record(self, before: Organization | None, after: Organization) -> None:
        self._audit.succeeded(
            None,
            after.id,
            "organization",
            after.id,
            None if before is None else before.to_json(),
            after.to_json(),
        )
