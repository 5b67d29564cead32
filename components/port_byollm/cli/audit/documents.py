"""Digests of the documents that decide what a connection may do."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from port_byollm.cli.verify.identity import Identity
from port_byollm.proof import Unknown

_EXTERNAL_ID = "sts:externalid"


def documents_of(identity: Identity) -> list[dict[str, str | None]]:
    """Each document, in the order of names; a digest is None where the document cannot be seen."""
    documents: list[tuple[str, Any]] = [(policy.name, policy.document) for policy in identity.policies]
    if identity.boundary is not None:
        documents.append((f"permissions boundary {identity.boundary.name}", identity.boundary.document))
    if identity.trust_policy is not None:
        documents.append(("trust policy", identity.trust_policy))
    return [
        {"name": name, "sha256": None if isinstance(document, Unknown) else digest(document)}
        for name, document in sorted(documents, key=lambda one: one[0])
    ]


def digest(document: Any) -> str:
    """SHA-256 of a document in canonical form, with external IDs taken out.

    One that people chose could be found by trying: so a digest tells nothing of them but how many there are.
    """
    canonical = json.dumps(_veiled(document), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def differences(
    recorded: Sequence[dict[str, str | None]], found: Sequence[dict[str, str | None]]
) -> list[str]:
    """What is otherwise than it was recorded, in a sentence each."""
    return [*_differences(*({one["name"]: one["sha256"] for one in side} for side in (recorded, found)))]


def _differences(recorded: dict[Any, str | None], found: dict[Any, str | None]) -> Iterator[str]:
    for name in sorted({*recorded, *found}):
        if name not in found:
            yield f"{name}: it was recorded, and is not there any more"
        elif name not in recorded:
            yield f"{name}: it is there, and was not recorded"
        elif found[name] is None or recorded[name] is None:
            yield f"{name}: it cannot be compared, because it could not be seen"
        elif found[name] != recorded[name]:
            yield f"{name}: it is not what was recorded"


def _veiled(value: Any, *, secret: bool = False) -> Any:
    if isinstance(value, dict):
        return {key: _veiled(one, secret=key.lower() == _EXTERNAL_ID) for key, one in value.items()}
    if isinstance(value, list):
        return [_veiled(one, secret=secret) for one in value]
    return "…" if secret else value
