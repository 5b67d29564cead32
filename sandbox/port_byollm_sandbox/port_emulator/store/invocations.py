"""Invocations of Port AI: the provider and the model of each, and its outcome."""

from dataclasses import dataclass
from sqlite3 import Row
from typing import Literal, Self

from port_byollm_sandbox.port_emulator.organizations import Caller
from port_byollm_sandbox.port_emulator.store.database import Database
from port_byollm_sandbox.port_emulator.store.stamps import now

SCHEMA = """
CREATE TABLE invocations (
    organization_id TEXT NOT NULL, identifier TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,
    status TEXT NOT NULL, message TEXT NOT NULL, created_at TEXT NOT NULL, created_by TEXT NOT NULL,
    PRIMARY KEY (organization_id, identifier));
CREATE INDEX invocations_over_time ON invocations (organization_id, provider, created_at);
"""

Status = Literal["In Progress", "Completed", "Failed"]


@dataclass(frozen=True)
class Invocation:
    """An invocation, without the prompt, which is not kept."""

    identifier: str
    provider: str
    model: str
    status: Status = "In Progress"
    message: str = ""

    @classmethod
    def from_row(cls, row: Row) -> Self:
        return cls(row["identifier"], row["provider"], row["model"], row["status"], row["message"])


class Invocations:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, organization_id: str, identifier: str) -> Invocation | None:
        row = self._database.one(
            "SELECT * FROM invocations WHERE organization_id = ? AND identifier = ?",
            organization_id,
            identifier,
        )
        return None if row is None else Invocation.from_row(row)

    def count(self, organization_id: str, provider: str, since: str) -> int:
        """Count the invocations of `provider` since a time, in the format of `Stamps` or a prefix of it."""
        row = self._database.one(
            "SELECT count(*) AS number FROM invocations"
            " WHERE organization_id = ? AND provider = ? AND created_at >= ?",
            organization_id,
            provider,
            since,
        )
        return int(row["number"]) if row is not None else 0

    def begin(self, by: Caller, invocation: Invocation) -> bool:
        """Record an invocation. Return False if the organization already has one with this identifier."""
        row = self._database.one(
            "INSERT INTO invocations VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1",
            by.organization.id,
            invocation.identifier,
            invocation.provider,
            invocation.model,
            invocation.status,
            invocation.message,
            now(),
            by.client_id,
        )
        return row is not None

    def end(self, organization_id: str, identifier: str, status: Status, message: str) -> None:
        self._database.one(
            "UPDATE invocations SET status = ?, message = ? WHERE organization_id = ? AND identifier = ?",
            status,
            message,
            organization_id,
            identifier,
        )

    def end_interrupted(self) -> None:
        """Mark the invocations that an earlier process left unfinished as failed."""
        self._database.one(
            "UPDATE invocations SET status = 'Failed', message = 'The emulator was stopped in the meantime'"
            " WHERE status = 'In Progress'"
        )
