"""Organization secrets, with encrypted values."""

from dataclasses import dataclass
from sqlite3 import Row
from typing import Self

from port_byollm_sandbox.port_emulator.organizations import Caller
from port_byollm_sandbox.port_emulator.store.audit import AuditTrail, State
from port_byollm_sandbox.port_emulator.store.cipher import Cipher
from port_byollm_sandbox.port_emulator.store.database import Database
from port_byollm_sandbox.port_emulator.store.stamps import now

SCHEMA = """
CREATE TABLE secrets (
    organization_id TEXT NOT NULL, name TEXT NOT NULL, encrypted_value BLOB NOT NULL, description TEXT,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL, PRIMARY KEY (organization_id, name));
"""


@dataclass(frozen=True)
class Secret:
    """A secret without its value, which is never returned."""

    name: str
    description: str | None
    created_at: str
    updated_at: str

    @classmethod
    def from_row(cls, row: Row) -> Self:
        return cls(row["name"], row["description"], row["created_at"], row["updated_at"])

    def state(self) -> State:
        return {"description": self.description, "updatedAt": self.updated_at}


class Secrets:
    def __init__(self, database: Database, cipher: Cipher, audit: AuditTrail) -> None:
        self._database = database
        self._cipher = cipher
        self._audit = audit

    def all(self, organization_id: str) -> list[Secret]:
        rows = self._database.all(
            "SELECT * FROM secrets WHERE organization_id = ? ORDER BY name",
            organization_id,
        )
        return [Secret.from_row(row) for row in rows]

    def get(self, organization_id: str, name: str) -> Secret | None:
        row = self._database.one(
            "SELECT * FROM secrets WHERE organization_id = ? AND name = ?",
            organization_id,
            name,
        )
        return None if row is None else Secret.from_row(row)

    def value(self, organization_id: str, name: str) -> str | None:
        """Return a secret's value, which only connection tests may use."""
        row = self._database.one(
            "SELECT encrypted_value FROM secrets WHERE organization_id = ? AND name = ?",
            organization_id,
            name,
        )
        return None if row is None else self._cipher.decrypt(row["encrypted_value"], organization_id, name)

    def create(self, by: Caller, name: str, value: str, description: str | None) -> Secret | None:
        """Add a secret. Return None if the name is taken."""
        organization_id, moment = by.organization.id, now()
        with self._database.transaction():
            if self.get(organization_id, name) is not None:
                return None
            self._database.one(
                "INSERT INTO secrets VALUES (?, ?, ?, ?, ?, ?)",
                organization_id,
                name,
                self._cipher.encrypt(value, organization_id, name),
                description,
                moment,
                moment,
            )
            created = Secret(name, description, moment, moment)
            self._record(by, name, None, created)
        return created

    def update(self, by: Caller, name: str, value: str | None, description: str | None) -> Secret | None:
        """Change what is not None. Return None if the secret does not exist."""
        organization_id = by.organization.id
        with self._database.transaction():
            before = self.get(organization_id, name)
            if before is None:
                return None
            row = self._database.one(
                "UPDATE secrets SET encrypted_value = coalesce(?, encrypted_value),"
                " description = coalesce(?, description), updated_at = ?"
                " WHERE organization_id = ? AND name = ? RETURNING *",
                None if value is None else self._cipher.encrypt(value, organization_id, name),
                description,
                now(),
                organization_id,
                name,
            )
            assert row is not None  # noqa: S101 - for the type checker: it exists in this transaction
            after = Secret.from_row(row)
            self._record(by, name, before, after, None if value is None else "The value was changed")
        return after

    def delete(self, by: Caller, name: str) -> bool:
        with self._database.transaction():
            before = self.get(by.organization.id, name)
            if before is None:
                return False
            self._database.one(
                "DELETE FROM secrets WHERE organization_id = ? AND name = ?", by.organization.id, name
            )
            self._record(by, name, before, None)
        return True

    def _record(
        self, by: Caller, name: str, before: Secret | None, after: Secret | None, message: str | None = None
    ) -> None:
        self._audit.succeeded(
            by,
            by.organization.id,
            "secret",
            name,
            None if before is None else before.state(),
            None if after is None else after.state(),
            message,
        )
