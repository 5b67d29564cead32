"""What is kept of client secrets and access tokens."""

import hashlib


def digest(value: str) -> bytes:
    # The values are random and long, so that a plain digest is as good as a slow one.
    return hashlib.sha256(value.encode()).digest()
