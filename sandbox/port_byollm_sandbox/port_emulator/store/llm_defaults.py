"""The provider and model of an organization's requests that do not name them."""

from dataclasses import dataclass
from sqlite3 import Row
from typing import Self

from port_byollm_sandbox.port_emulator.organizations import Caller
from port_byollm_sandbox.port_emulator.store.audit import AuditTrail, State
from port_byollm_sandbox.port_emulator.store.database import Database
from port_byollm_sandbox.port_emulator.store.stamps import Stamps, now

SCHEMA = """
CREATE TABLE llm_defaults (
    organization_id TEXT PRIMARY KEY, provider TEXT NOT NULL, model TEXT NOT NULL, created_at TEXT NOT NULL,
    created_by TEXT NOT NULL, updated_at TEXT NOT NULL, updated_by TEXT NOT NULL);
"""


@dataclass(frozen=True)
class LlmDefaults:
    provider: str
    model: str
    stamps: Stamps | None = None

    @classmethod
    def from_row(cls, row: Row) -> Self:
        return cls(row["provider"], row["model"], Stamps.from_row(row))

    def state(self) -> State:
        return {"provider": self.provider, "model": self.model}


class SavedLlmDefaults:
    """The defaults of all organizations, at most one per organization."""

    def __init__(self, database: Database, audit: AuditTrail) -> None:
        self._database = database
        self._audit = audit

    def get(self, organization_id: str) -> LlmDefaults | None:
        row = self._database.one("SELECT * FROM llm_defaults WHERE organization_id = ?", organization_id)
        return None if row is None else LlmDefaults.from_row(row)

    def put(self, by: Caller, defaults: LlmDefaults) -> LlmDefaults:
        moment, organization_id = now(), by.organization.id
        with self._database.transaction():
            before = self.get(organization_id)
            row = self._database.one(
                "INSERT INTO llm_defaults VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET provider = excluded.provider, model = excluded.model,"
                " updated_at = excluded.updated_at, updated_by = excluded.updated_by RETURNING *",
                organization_id,
                defaults.provider,
                defaults.model,
                moment,
                by.client_id,
                moment,
                by.client_id,
            )
            assert row is not None  # noqa: S101 - for the type checker: RETURNING
            after = LlmDefaults.from_row(row)
            self._audit.succeeded(
                by,
                organization_id,
                "llm-defaults",
                "defaults",
                None if before is None else before.state(),
                after.state(),
            )
        return after
