"""The emulator's state, in one SQLite file; secret values in it are encrypted with a key kept apart."""

import hashlib
import json
import os
import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from port_byollm_sandbox.port_emulator.organizations import Caller, Credential, Organization, PortRegion, Role
from port_byollm_sandbox.port_emulator.settings import Settings

SCHEMA = """
CREATE TABLE organizations (id TEXT PRIMARY KEY, name TEXT NOT NULL, port_region TEXT NOT NULL);
CREATE TABLE credentials (
    client_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, role TEXT NOT NULL,
    secret_digest BLOB NOT NULL);
CREATE TABLE tokens (digest BLOB PRIMARY KEY, client_id TEXT NOT NULL, expires_at REAL NOT NULL);
CREATE TABLE secrets (
    organization_id TEXT NOT NULL, name TEXT NOT NULL, encrypted_value BLOB NOT NULL, description TEXT,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL, PRIMARY KEY (organization_id, name));
CREATE TABLE llm_providers (
    organization_id TEXT NOT NULL, provider TEXT NOT NULL, enabled INTEGER NOT NULL, config TEXT NOT NULL,
    overrides TEXT, created_at TEXT NOT NULL, created_by TEXT NOT NULL, updated_at TEXT NOT NULL,
    updated_by TEXT NOT NULL, PRIMARY KEY (organization_id, provider));
CREATE TABLE llm_defaults (
    organization_id TEXT PRIMARY KEY, provider TEXT NOT NULL, model TEXT NOT NULL, created_at TEXT NOT NULL,
    created_by TEXT NOT NULL, updated_at TEXT NOT NULL, updated_by TEXT NOT NULL);
CREATE TABLE settings (one INTEGER PRIMARY KEY CHECK (one = 1), document TEXT NOT NULL);
CREATE TABLE journal (number INTEGER PRIMARY KEY, method TEXT NOT NULL, path TEXT NOT NULL, status INTEGER);
"""


@dataclass(frozen=True)
class Secret:
    """A secret without its value, which is never given back."""

    name: str
    description: str | None
    created_at: str
    updated_at: str


@dataclass(frozen=True)
class Stamps:
    """When and by whom something was made and last changed; times are ISO 8601 in UTC."""

    created_at: str
    created_by: str
    updated_at: str
    updated_by: str


@dataclass(frozen=True)
class LlmProvider:
    provider: str
    enabled: bool
    config: Mapping[str, Any]
    overrides: Mapping[str, bool] | None
    stamps: Stamps | None = None


@dataclass(frozen=True)
class LlmDefaults:
    provider: str
    model: str
    stamps: Stamps | None = None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _digest(value: str) -> bytes:
    # The values are random and long, so that a plain digest is as good as a slow one.
    return hashlib.sha256(value.encode()).digest()


class Store:
    """All state of the emulator. Every method is one transaction. Not for use by several threads at once."""

    def __init__(self, directory: Path) -> None:
        """Open a new, empty database `emulator.db` in `directory`, with its key in `emulator.key`."""
        key_file = directory / "emulator.key"
        database = directory / "emulator.db"
        for old in (key_file, database):
            old.unlink(missing_ok=True)
        key = Fernet.generate_key()
        for path, content in ((key_file, key), (database, b"")):
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
        self._fernet = Fernet(key)
        self._connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        # State that is thrown away at each start needs no protection from power cuts.
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("PRAGMA journal_mode = MEMORY")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _one(self, sql: str, *values: object) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def clear(self) -> None:
        """Forget everything."""
        with self._transaction():
            for (table,) in self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a name out of SCHEMA

    # Organisations, credentials, tokens

    def add_organization(
        self, organization: Organization, credentials: Iterable[tuple[Role, Credential]]
    ) -> None:
        with self._transaction():
            self._connection.execute(
                "INSERT INTO organizations VALUES (?, ?, ?)",
                (organization.id, organization.name, organization.port_region),
            )
            self._connection.executemany(
                "INSERT INTO credentials VALUES (?, ?, ?, ?)",
                [
                    (one.client_id, organization.id, role, _digest(one.client_secret))
                    for role, one in credentials
                ],
            )

    def organizations(self) -> list[Organization]:
        rows = self._connection.execute("SELECT id, name, port_region FROM organizations ORDER BY id")
        return [Organization(*row) for row in rows]

    def move_organization(self, organization_id: str, port_region: PortRegion) -> Organization | None:
        row = self._one(
            "UPDATE organizations SET port_region = ? WHERE id = ? RETURNING id, name, port_region",
            port_region,
            organization_id,
        )
        return None if row is None else Organization(*row)

    def issue_token(self, client_id: str, client_secret: str) -> str | None:
        """A new access token, or None where the credential is not known."""
        row = self._one("SELECT secret_digest FROM credentials WHERE client_id = ?", client_id)
        if row is None or not secrets.compare_digest(row["secret_digest"], _digest(client_secret)):
            return None
        token = secrets.token_urlsafe(32)
        self._connection.execute(
            "INSERT INTO tokens VALUES (?, ?, ?)",
            (_digest(token), client_id, time.time() + self.settings().token_seconds),
        )
        return token

    def expire_token(self, token: str) -> None:
        self._connection.execute("DELETE FROM tokens WHERE digest = ?", (_digest(token),))

    def caller(self, token: str) -> Caller | None:
        """Who a token speaks for; None where it is unknown or has expired."""
        row = self._one(
            "SELECT client_id, role, organizations.id, name, port_region FROM tokens"
            " JOIN credentials USING (client_id) JOIN organizations ON organizations.id = organization_id"
            " WHERE digest = ? AND expires_at > ?",
            _digest(token),
            time.time(),
        )
        if row is None:
            return None
        client_id, role, *organization = row
        return Caller(client_id, Role(role), Organization(*organization))

    # Secrets

    def secrets(self, organization_id: str) -> list[Secret]:
        rows = self._connection.execute(
            "SELECT name, description, created_at, updated_at FROM secrets"
            " WHERE organization_id = ? ORDER BY name",
            (organization_id,),
        )
        return [Secret(*row) for row in rows]

    def secret(self, organization_id: str, name: str) -> Secret | None:
        row = self._one(
            "SELECT name, description, created_at, updated_at FROM secrets"
            " WHERE organization_id = ? AND name = ?",
            organization_id,
            name,
        )
        return None if row is None else Secret(*row)

    def secret_value(self, organization_id: str, name: str) -> str | None:
        """The value itself, for the tests of a connection alone."""
        row = self._one(
            "SELECT encrypted_value FROM secrets WHERE organization_id = ? AND name = ?",
            organization_id,
            name,
        )
        return None if row is None else self._fernet.decrypt(row["encrypted_value"]).decode()

    def create_secret(
        self, organization_id: str, name: str, value: str, description: str | None
    ) -> Secret | None:
        """None where a secret of that name is there already."""
        now = _now()
        row = self._one(
            "INSERT INTO secrets VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
            " RETURNING name, description, created_at, updated_at",
            organization_id,
            name,
            self._fernet.encrypt(value.encode()),
            description,
            now,
            now,
        )
        return None if row is None else Secret(*row)

    def update_secret(
        self, organization_id: str, name: str, value: str | None, description: str | None
    ) -> Secret | None:
        """Change what is not None. The answer is None where there is no such secret."""
        row = self._one(
            "UPDATE secrets SET encrypted_value = coalesce(?, encrypted_value),"
            " description = coalesce(?, description), updated_at = ?"
            " WHERE organization_id = ? AND name = ? RETURNING name, description, created_at, updated_at",
            None if value is None else self._fernet.encrypt(value.encode()),
            description,
            _now(),
            organization_id,
            name,
        )
        return None if row is None else Secret(*row)

    def delete_secret(self, organization_id: str, name: str) -> bool:
        return self._delete("secrets", organization_id, "name", name)

    # LLM providers and defaults

    def llm_providers(self, organization_id: str) -> list[LlmProvider]:
        rows = self._connection.execute(
            "SELECT * FROM llm_providers WHERE organization_id = ? ORDER BY provider", (organization_id,)
        )
        return [_llm_provider(row) for row in rows]

    def llm_provider(self, organization_id: str, provider: str) -> LlmProvider | None:
        row = self._one(
            "SELECT * FROM llm_providers WHERE organization_id = ? AND provider = ?",
            organization_id,
            provider,
        )
        return None if row is None else _llm_provider(row)

    def put_llm_provider(self, caller: Caller, provider: LlmProvider) -> LlmProvider:
        now = _now()
        row = self._one(
            "INSERT INTO llm_providers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET enabled = excluded.enabled, config = excluded.config,"
            " overrides = excluded.overrides, updated_at = excluded.updated_at,"
            " updated_by = excluded.updated_by RETURNING *",
            caller.organization.id,
            provider.provider,
            provider.enabled,
            json.dumps(dict(provider.config)),
            None if provider.overrides is None else json.dumps(dict(provider.overrides)),
            now,
            caller.client_id,
            now,
            caller.client_id,
        )
        return _llm_provider(_present(row))

    def delete_llm_provider(self, organization_id: str, provider: str) -> bool:
        return self._delete("llm_providers", organization_id, "provider", provider)

    def llm_defaults(self, organization_id: str) -> LlmDefaults | None:
        row = self._one("SELECT * FROM llm_defaults WHERE organization_id = ?", organization_id)
        return None if row is None else LlmDefaults(row["provider"], row["model"], _stamps(row))

    def put_llm_defaults(self, caller: Caller, defaults: LlmDefaults) -> LlmDefaults:
        now = _now()
        row = _present(
            self._one(
                "INSERT INTO llm_defaults VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET provider = excluded.provider, model = excluded.model,"
                " updated_at = excluded.updated_at, updated_by = excluded.updated_by RETURNING *",
                caller.organization.id,
                defaults.provider,
                defaults.model,
                now,
                caller.client_id,
                now,
                caller.client_id,
            )
        )
        return LlmDefaults(row["provider"], row["model"], _stamps(row))

    def _delete(self, table: str, organization_id: str, column: str, value: str) -> bool:
        cursor = self._connection.execute(
            f"DELETE FROM {table} WHERE organization_id = ? AND {column} = ?",  # noqa: S608
            (organization_id, value),
        )
        return cursor.rowcount > 0

    # The control plane's

    def settings(self) -> Settings:
        row = self._one("SELECT document FROM settings")
        return Settings() if row is None else Settings.model_validate_json(row["document"])

    def put_settings(self, settings: Settings) -> None:
        document = settings.model_dump_json(by_alias=True)
        self._connection.execute("INSERT OR REPLACE INTO settings VALUES (1, ?)", (document,))

    def record(self, method: str, path: str, status: int | None) -> None:
        """Add a request to the journal; the status is None where the connection was dropped."""
        self._connection.execute(
            "INSERT INTO journal (method, path, status) VALUES (?, ?, ?)", (method, path, status)
        )

    def requests(self) -> list[dict[str, Any]]:
        return [
            dict(row)
            for row in self._connection.execute("SELECT method, path, status FROM journal ORDER BY number")
        ]


def _present(row: sqlite3.Row | None) -> sqlite3.Row:
    if row is None:
        raise RuntimeError("SQLite returned no row for an INSERT … RETURNING")
    return row


def _stamps(row: sqlite3.Row) -> Stamps:
    return Stamps(row["created_at"], row["created_by"], row["updated_at"], row["updated_by"])


def _llm_provider(row: sqlite3.Row) -> LlmProvider:
    overrides = None if row["overrides"] is None else json.loads(row["overrides"])
    return LlmProvider(
        row["provider"], bool(row["enabled"]), json.loads(row["config"]), overrides, _stamps(row)
    )
