"""Encryption of secret values at rest, with a key in a separate file."""

import hashlib
import json
import os
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from port_byollm_sandbox.port_emulator.store.errors import StoreError

KEY_BYTES = 32
NONCE_BYTES = 12
WAY_OUT = "restore it, or delete it and emulator.db to start over"


class Cipher:
    """AES-256-GCM. A value encrypted for one place cannot be decrypted for another."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)
        self.key_digest = hashlib.sha256(key).digest()
        """Identifies the key without revealing it."""

    @classmethod
    def of(cls, key_file: Path, may_create: bool) -> Self:
        """Load the key from `key_file`; if it is missing and `may_create` is set, create it.

        Raises StoreError if the file is missing, does not hold a key, or is accessible to others.
        """
        if not key_file.exists():
            if not may_create:
                raise StoreError(
                    f"{key_file} is missing, without which no secret's value can be read; {WAY_OUT}"
                )
            _write_whole(key_file, AESGCM.generate_key(KEY_BYTES * 8))
        if key_file.stat().st_mode & 0o077:
            raise StoreError(f"{key_file} is accessible to other users; run `chmod 600` on it")
        key = key_file.read_bytes()
        if len(key) != KEY_BYTES:
            raise StoreError(f"{key_file} does not hold a key of {KEY_BYTES} bytes; {WAY_OUT}")
        return cls(key)

    def encrypt(self, value: str, *place: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, value.encode(), _bound_to(place))

    def decrypt(self, encrypted: bytes, *place: str) -> str:
        """Raise cryptography's InvalidTag if the value was changed, moved, or encrypted with another key."""
        nonce, rest = encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:]
        return self._aead.decrypt(nonce, rest, _bound_to(place)).decode()


def _bound_to(place: tuple[str, ...]) -> bytes:
    return json.dumps(place).encode()


def _write_whole(path: Path, content: bytes) -> None:
    # Atomic: a process killed here leaves no partial key.
    draft = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
