"""The audit trail: each management operation, recorded in the transaction of the operation itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from sqlite3 import Row
from typing import Any, Literal, Self

from port_byollm_sandbox.port_emulator.organizations import Caller
from port_byollm_sandbox.port_emulator.store.database import Database
from port_byollm_sandbox.port_emulator.store.stamps import now

SCHEMA = """
CREATE TABLE audit (
    organization_id TEXT NOT NULL, number INTEGER NOT NULL, at TEXT NOT NULL, client_id TEXT, role TEXT,
    action TEXT NOT NULL, resource_type TEXT NOT NULL, resource TEXT, status TEXT NOT NULL, before TEXT,
    after TEXT, error TEXT, message TEXT, PRIMARY KEY (organization_id, number)) WITHOUT ROWID;
"""

LENGTH = 10_000
"""The number of entries kept for each organization."""

MAX_NUMBER = (1 << 63) - 1
"""The largest number of an entry: SQLite's largest integer."""

Action = Literal["CREATE", "UPDATE", "DELETE"]
ResourceType = Literal["organization", "secret", "llm-provider", "llm-defaults"]
State = Mapping[str, Any]
"""A resource as the trail shows it: JSON, without values of secrets."""


@dataclass(frozen=True)
class AuditEntry:
    """An entry: who did what to which resource, and when."""

    number: int
    """Unique within its organization, from 1."""
    organization_id: str
    at: str
    client_id: str | None
    """None: a change through the control plane."""
    role: str | None
    action: Action
    resource_type: ResourceType
    resource: str | None
    """None if the attempt was refused before it named one."""
    status: Literal["SUCCESS", "FAILURE"]
    before: State | None = None
    after: State | None = None
    error: str | None = None
    message: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the shape of Port's audit log; `context` maps the resource's type to its name."""
        by = {"orgId": self.organization_id, "clientId": self.client_id, "role": self.role}
        answer: dict[str, Any] = {
            "number": self.number,
            "action": self.action,
            "resourceType": self.resource_type,
            "status": self.status,
            "trigger": {"at": self.at, "by": by, "origin": "API" if self.client_id else "CONTROL_PLANE"},
            "context": {self.resource_type: self.resource},
            "diff": {"before": self.before, "after": self.after},
        }
        if self.error is not None:
            answer["error"] = self.error
        return answer if self.message is None else answer | {"message": self.message}

    @classmethod
    def from_row(cls, row: Row) -> Self:
        states = {name: None if row[name] is None else json.loads(row[name]) for name in ("before", "after")}
        return cls(**{**dict(row), **states})


class AuditTrail:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, organization_id: str, limit: int, before: int | None = None) -> list[AuditEntry]:
        """Return `limit` entries, newest first; if given, only those older than number `before`."""
        rows = self._database.all(
            "SELECT * FROM audit WHERE organization_id = ? AND number < ? ORDER BY number DESC LIMIT ?",
            organization_id,
            MAX_NUMBER if before is None else before,
            limit,
        )
        return [AuditEntry.from_row(row) for row in rows]

    def succeeded(
        self,
        by: Caller | None,
        organization_id: str,
        resource_type: ResourceType,
        resource: str,
        before: State | None,
        after: State | None,
        message: str | None = None,
    ) -> None:
        """Record a change, within the caller's transaction. `before` and `after` determine the action."""
        action: Action = "CREATE" if before is None else "DELETE" if after is None else "UPDATE"
        self._add(
            organization_id, by, action, resource_type, resource, "SUCCESS", before, after, None, message
        )

    def failed(
        self,
        by: Caller,
        action: Action,
        resource_type: ResourceType,
        resource: str | None,
        error: str,
        message: str,
    ) -> None:
        """Record an attempt that was denied or refused, with the error that answered it."""
        self._add(
            by.organization.id, by, action, resource_type, resource, "FAILURE", None, None, error, message
        )

    def _add(
        self,
        organization_id: str,
        by: Caller | None,
        action: Action,
        resource_type: ResourceType,
        resource: str | None,
        status: str,
        before: State | None,
        after: State | None,
        error: str | None,
        message: str | None,
    ) -> None:
        self._database.one(
            "INSERT INTO audit SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
            " ?11, ?12 FROM audit WHERE organization_id = ?1",
            organization_id,
            now(),
            by and by.client_id,
            by and by.role,
            action,
            resource_type,
            resource,
            status,
            None if before is None else json.dumps(before),
            None if after is None else json.dumps(after),
            error,
            message,
        )
        self._database.one(
            "DELETE FROM audit WHERE organization_id = ?1"
            " AND number <= (SELECT max(number) FROM audit WHERE organization_id = ?1) - ?2",
            organization_id,
            LENGTH,
        )
