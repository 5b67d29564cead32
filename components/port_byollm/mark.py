"""Ownership marks in a Port organization: secrets whose descriptions name the owner.

Registrations and defaults have no field for an owner, and Port refuses a second secret with the same name.
"""

import hashlib
import re
from collections.abc import Iterable

LONGEST_OWNER = 145
"""Characters of an owner, in one line: Port's limit for a description is 200."""

_MARK = re.compile(r"\AManaged by port-byollm: (?P<owner>.*) \[port-byollm:(?P<digest>[0-9a-f]{16})\]\Z")


def secret_name(thing: str) -> str:
    """Return the name of the secret that marks `thing`, such as `bedrock` or `defaults`."""
    return f"port-byollm-owner-{thing}"


def mark(owner: str) -> str:
    """Return the description that names `owner`."""
    return f"Managed by port-byollm: {owner} [port-byollm:{_digest(owner)}]"


def owner_in(description: str | None) -> str:
    """Return the owner that a description names, for messages."""
    match = _MARK.match(description or "")
    return match["owner"] if match else "an unknown owner"


def is_of(description: str | None, owners: Iterable[str]) -> bool:
    """Return whether a description is the mark of one of `owners`."""
    match = _MARK.match(description or "")
    return match is not None and match["digest"] in map(_digest, owners)


def _digest(owner: str) -> str:
    return hashlib.sha256(owner.encode()).hexdigest()[:16]
