"""The SQLite file with all of the emulator's state."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from port_byollm_sandbox.port_emulator.store.errors import StoreError

VERSION = 1
"""The version of the tables. A file with another version is refused."""


class Database:
    """An open database, locked by this process. Not thread-safe."""

    def __init__(self, path: Path, schema: str) -> None:
        """Open `path`, or create it, readable only by its owner.

        Raises StoreError if another process has it open, or if its tables have another version.
        """
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        try:
            self._open(schema)
        except sqlite3.OperationalError as error:
            self._connection.close()
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            raise StoreError(
                f"{path} is in use: another emulator runs in this directory; stop it first"
            ) from None
        except StoreError:
            self._connection.close()
            raise

    def _open(self, schema: str) -> None:
        # Before the first read: the lock is held until the process ends, and the log needs no shared memory.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        # A commit is written to the log, which survives a killed process, and flushed to disk with the next
        # checkpoint: a power failure may lose the last commits, but never a part of one.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        # Requests wait for the disk only at a checkpoint: once in more than a thousand writes.
        self._connection.execute("PRAGMA wal_autocheckpoint = 4000")
        with self.transaction():
            [version] = self._connection.execute("PRAGMA user_version").fetchone()
            if version == VERSION:
                return
            if version:
                raise StoreError(
                    f"emulator.db has tables of version {version}, but this emulator needs version {VERSION};"
                    " delete it and emulator.key to start over"
                )
            for statement in schema.split(";"):
                self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version = {VERSION}")

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit the block as a whole, or roll it back if it raises."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def one(self, sql: str, *values: object) -> sqlite3.Row | None:
        """Execute `sql` and return the first row."""
        row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def all(self, sql: str, *values: object) -> list[sqlite3.Row]:
        return self._connection.execute(sql, values).fetchall()

    def clear(self) -> None:
        """Empty every table."""
        with self.transaction():
            for (table,) in self.all("SELECT name FROM sqlite_master WHERE type = 'table'"):
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a name from the schema
