"""The emulator's state in one SQLite file. Each module has one noun and its tables."""

from pathlib import Path

from port_byollm_sandbox.port_emulator.store import (
    audit,
    invocations,
    llm_defaults,
    llm_providers,
    organizations,
    secrets,
    settings,
    tokens,
)
from port_byollm_sandbox.port_emulator.store.cipher import Cipher
from port_byollm_sandbox.port_emulator.store.database import Database
from port_byollm_sandbox.port_emulator.store.errors import StoreError
from port_byollm_sandbox.port_emulator.store.invocations import Invocation
from port_byollm_sandbox.port_emulator.store.llm_defaults import LlmDefaults
from port_byollm_sandbox.port_emulator.store.llm_providers import LlmProvider
from port_byollm_sandbox.port_emulator.store.secrets import Secret
from port_byollm_sandbox.port_emulator.store.stamps import Stamps

__all__ = ["Invocation", "LlmDefaults", "LlmProvider", "Secret", "Stamps", "Store", "StoreError"]

DATABASE = "emulator.db"
KEY = "emulator.key"
SCHEMA = """
CREATE TABLE keys (digest BLOB PRIMARY KEY);
"""


class Store:
    """All state of the emulator. Not thread-safe."""

    def __init__(self, directory: Path) -> None:
        """Open the store in `directory`, or create an empty one.

        Raises StoreError if another process has it open, or if database and key do not match.
        """
        nouns = (audit, invocations, llm_defaults, llm_providers, organizations, secrets, settings, tokens)
        self._database = Database(directory / DATABASE, SCHEMA + "".join(noun.SCHEMA for noun in nouns))
        try:
            cipher = self._cipher(directory / KEY)
        except StoreError:
            self.close()
            raise
        self.audit = audit.AuditTrail(self._database)
        self.organizations = organizations.Organizations(self._database, self.audit)
        self.tokens = tokens.Tokens(self._database)
        self.secrets = secrets.Secrets(self._database, cipher, self.audit)
        self.llm_providers = llm_providers.LlmProviders(self._database, self.audit)
        self.llm_defaults = llm_defaults.SavedLlmDefaults(self._database, self.audit)
        self.settings = settings.SavedSettings(self._database)
        self.invocations = invocations.Invocations(self._database)
        self.invocations.end_interrupted()

    def close(self) -> None:
        self._database.close()

    def clear(self) -> None:
        """Delete all state."""
        self._database.clear()

    def _cipher(self, key_file: Path) -> Cipher:
        row = self._database.one("SELECT digest FROM keys")
        cipher = Cipher.of(key_file, may_create=row is None)
        if row is None:
            self._database.one("INSERT INTO keys VALUES (?)", cipher.key_digest)
        elif row["digest"] != cipher.key_digest:
            raise StoreError(f"{key_file} is not the key of the secrets in {DATABASE}; restore the right one")
        return cipher
