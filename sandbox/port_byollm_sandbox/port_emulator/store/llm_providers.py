"""Registrations of LLM providers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from sqlite3 import Row
from typing import Any, Self

from port_byollm_sandbox.port_emulator.organizations import Caller
from port_byollm_sandbox.port_emulator.store.audit import AuditTrail, State
from port_byollm_sandbox.port_emulator.store.database import Database
from port_byollm_sandbox.port_emulator.store.stamps import Stamps, now

SCHEMA = """
CREATE TABLE llm_providers (
    organization_id TEXT NOT NULL, provider TEXT NOT NULL, enabled INTEGER NOT NULL, config TEXT NOT NULL,
    overrides TEXT, created_at TEXT NOT NULL, created_by TEXT NOT NULL, updated_at TEXT NOT NULL,
    updated_by TEXT NOT NULL, PRIMARY KEY (organization_id, provider));
"""


@dataclass(frozen=True)
class LlmProvider:
    provider: str
    enabled: bool
    config: Mapping[str, Any]
    overrides: Mapping[str, bool] | None
    stamps: Stamps | None = None

    @classmethod
    def from_row(cls, row: Row) -> Self:
        overrides = None if row["overrides"] is None else json.loads(row["overrides"])
        return cls(
            row["provider"], bool(row["enabled"]), json.loads(row["config"]), overrides, Stamps.from_row(row)
        )

    def state(self) -> State:
        return {"enabled": self.enabled, "config": self.config, "overrides": self.overrides}


class LlmProviders:
    def __init__(self, database: Database, audit: AuditTrail) -> None:
        self._database = database
        self._audit = audit

    def all(self, organization_id: str) -> list[LlmProvider]:
        rows = self._database.all(
            "SELECT * FROM llm_providers WHERE organization_id = ? ORDER BY provider", organization_id
        )
        return [LlmProvider.from_row(row) for row in rows]

    def get(self, organization_id: str, provider: str) -> LlmProvider | None:
        row = self._database.one(
            "SELECT * FROM llm_providers WHERE organization_id = ? AND provider = ?",
            organization_id,
            provider,
        )
        return None if row is None else LlmProvider.from_row(row)

    def put(self, by: Caller, provider: LlmProvider) -> LlmProvider:
        moment = now()
        with self._database.transaction():
            before = self.get(by.organization.id, provider.provider)
            row = self._database.one(
                "INSERT INTO llm_providers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET enabled = excluded.enabled, config = excluded.config,"
                " overrides = excluded.overrides, updated_at = excluded.updated_at,"
                " updated_by = excluded.updated_by RETURNING *",
                by.organization.id,
                provider.provider,
                provider.enabled,
                json.dumps(dict(provider.config)),
                None if provider.overrides is None else json.dumps(dict(provider.overrides)),
                moment,
                by.client_id,
                moment,
                by.client_id,
            )
            assert row is not None  # noqa: S101 - for the type checker: RETURNING
            after = LlmProvider.from_row(row)
            self._record(by, provider.provider, before, after)
        return after

    def delete(self, by: Caller, provider: str) -> bool:
        with self._database.transaction():
            before = self.get(by.organization.id, provider)
            if before is None:
                return False
            self._database.one(
                "DELETE FROM llm_providers WHERE organization_id = ? AND provider = ?",
                by.organization.id,
                provider,
            )
            self._record(by, provider, before, None)
        return True

    def _record(
        self, by: Caller, provider: str, before: LlmProvider | None, after: LlmProvider | None
    ) -> None:
        self._audit.succeeded(
            by,
            by.organization.id,
            "llm-provider",
            provider,
            None if before is None else before.state(),
            None if after is None else after.state(),
        )
