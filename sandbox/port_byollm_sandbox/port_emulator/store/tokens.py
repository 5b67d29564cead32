"""Access tokens, stored as digests."""

import secrets
import time

from port_byollm_sandbox.port_emulator.organizations import Caller, Organization, Role
from port_byollm_sandbox.port_emulator.store.database import Database
from port_byollm_sandbox.port_emulator.store.digest import digest

SCHEMA = """
CREATE TABLE tokens (digest BLOB PRIMARY KEY, client_id TEXT NOT NULL, expires_at REAL NOT NULL);
CREATE INDEX tokens_by_end ON tokens (expires_at);
"""


class Tokens:
    def __init__(self, database: Database) -> None:
        self._database = database

    def issue(self, client_id: str, client_secret: str, seconds: float) -> str | None:
        """Issue an access token valid for `seconds`. Return None if the credential is unknown."""
        row = self._database.one("SELECT secret_digest FROM credentials WHERE client_id = ?", client_id)
        if row is None or not secrets.compare_digest(row["secret_digest"], digest(client_secret)):
            return None
        token, now = secrets.token_urlsafe(32), time.time()
        with self._database.transaction():
            self._database.one("DELETE FROM tokens WHERE expires_at <= ?", now)
            self._database.one("INSERT INTO tokens VALUES (?, ?, ?)", digest(token), client_id, now + seconds)
        return token

    def exchange(self, token: str) -> str | None:
        """Replace a token by a new one with the same expiry. Return None if it is unknown or expired."""
        other = secrets.token_urlsafe(32)
        row = self._database.one(
            "UPDATE tokens SET digest = ? WHERE digest = ? AND expires_at > ? RETURNING 1",
            digest(other),
            digest(token),
            time.time(),
        )
        return None if row is None else other

    def expire(self, token: str) -> None:
        self._database.one("DELETE FROM tokens WHERE digest = ?", digest(token))

    def caller(self, token: str) -> Caller | None:
        """Return the caller with this token; None if it is unknown or expired."""
        row = self._database.one(
            "SELECT client_id, role, organizations.id, name, port_region FROM tokens"
            " JOIN credentials USING (client_id) JOIN organizations ON organizations.id = organization_id"
            " WHERE digest = ? AND expires_at > ?",
            digest(token),
            time.time(),
        )
        if row is None:
            return None
        client_id, role, *organization = row
        return Caller(client_id, Role(role), Organization(*organization))
