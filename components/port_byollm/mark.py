"""How an owner marks what it manages in an organization of Port's: in the description of a secret beside it.

Neither a registration nor the default has a field for an owner, and Port refuses a second secret of a name.
"""

import hashlib
import re
from collections.abc import Iterable

LONGEST_OWNER = 145
"""Characters of an owner, in one line: Port takes descriptions of 200."""

_MARK = re.compile(r"\AManaged by port-byollm: (?P<owner>.*) \[port-byollm:(?P<digest>[0-9a-f]{16})\]\Z")


def secret_name(thing: str) -> str:
    """The secret that is marked for `thing`, such as `bedrock` or `defaults`."""
    return f"port-byollm-owner-{thing}"


def mark(owner: str) -> str:
    """The description that names `owner`."""
    return f"Managed by port-byollm: {owner} [port-byollm:{_digest(owner)}]"


def owner_in(description: str | None) -> str:
    """Whom a description names, for people."""
    found = _MARK.match(description or "")
    return found["owner"] if found else "somebody who does not say who"


def is_of(description: str | None, owners: Iterable[str]) -> bool:
    """Whether a description is the mark of one of `owners`."""
    found = _MARK.match(description or "")
    return found is not None and found["digest"] in map(_digest, owners)


def _digest(owner: str) -> str:
    return hashlib.sha256(owner.encode()).hexdigest()[:16]
