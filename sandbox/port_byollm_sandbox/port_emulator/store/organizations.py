"""Organisations, and the credentials that speak for them."""

from collections.abc import Iterable

from port_byollm_sandbox.port_emulator.organizations import Credential, Organization, PortRegion, Role
from port_byollm_sandbox.port_emulator.store.audit import AuditTrail
from port_byollm_sandbox.port_emulator.store.database import Database
from port_byollm_sandbox.port_emulator.store.digest import digest

SCHEMA = """
CREATE TABLE organizations (id TEXT PRIMARY KEY, name TEXT NOT NULL, port_region TEXT NOT NULL);
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
                "INSERT INTO organizations VALUES (?, ?, ?)",
                organization.id,
                organization.name,
                organization.port_region,
            )
            for role, one in credentials:
                self._database.one(
                    "INSERT INTO credentials VALUES (?, ?, ?, ?)",
                    one.client_id,
                    organization.id,
                    role,
                    digest(one.client_secret),
                )
            self._record(None, organization)
        return True

    def move(self, organization_id: str, port_region: PortRegion) -> Organization | None:
        """To another Port region. None where there is no such organisation."""
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

    def _record(self, before: Organization | None, after: Organization) -> None:
        self._audit.succeeded(
            None,
            after.id,
            "organization",
            after.id,
            None if before is None else before.to_json(),
            after.to_json(),
        )
