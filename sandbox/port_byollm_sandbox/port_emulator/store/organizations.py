"""Organizations, and the credentials that speak for them."""

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
        """False where there is one of this id already."""
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
        """No others are the organization's from now on; tokens of those that stay remain valid."""
        with self._database.transaction():
            self._database.one("DELETE FROM credentials WHERE organization_id = ?", organization_id)
            self._add(organization_id, credentials)

    def move(self, organization_id: str, port_region: PortRegion) -> Organization | None:
        """To another Port region. None where there is no such organization."""
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
        for role, one in credentials:
            self._database.one(
                "INSERT INTO credentials VALUES (?, ?, ?, ?)",
                one.client_id,
                organization_id,
                role,
                digest(one.client_secret),
            )

    def profile(self, organization_id: str) -> dict[str, Any]:
        """What an organization says of itself beside its name; empty where it has said nothing."""
        row = self._database.one("SELECT profile FROM organizations WHERE id = ?", organization_id)
        found: dict[str, Any] = {} if row is None else json.loads(row["profile"])
        return found

    def describe(self, by: Caller, name: str, profile: Mapping[str, Any]) -> None:
        """Give the caller's organization a name and a profile, in place of the present ones."""
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
