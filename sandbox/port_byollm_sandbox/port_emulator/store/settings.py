"""The emulator's settings, stored as one document."""

from port_byollm_sandbox.port_emulator.settings import Settings
from port_byollm_sandbox.port_emulator.store.database import Database

SCHEMA = """
CREATE TABLE settings (one INTEGER PRIMARY KEY CHECK (one = 1), document TEXT NOT NULL);
"""


class SavedSettings:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self) -> Settings:
        row = self._database.one("SELECT document FROM settings")
        return Settings() if row is None else Settings.model_validate_json(row["document"])

    def put(self, settings: Settings) -> None:
        document = settings.model_dump_json(by_alias=True)
        self._database.one("INSERT OR REPLACE INTO settings VALUES (1, ?)", document)
