"""The digest that is stored instead of a client secret or access token."""

import hashlib


def digest(value: str) -> bytes:
    # The values are random and long, so a fast hash is as good as a slow one.
    return hashlib.sha256(value.encode()).digest()
