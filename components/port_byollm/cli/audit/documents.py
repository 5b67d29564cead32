"""Digests of the documents that decide what a connection may do."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from port_byollm.cli.verify.identity import Identity
from port_byollm.proof import Unknown

_EXTERNAL_ID = "sts:externalid"


def documents_of(identity: Identity) -> list[dict[str, str | None]]:
    """Return each document's name and digest, by name; the digest of an unreadable document is None."""
    documents: list[tuple[str, Any]] = [(policy.name, policy.document) for policy in identity.policies]
    if identity.boundary is not None:
        documents.append((f"permissions boundary {identity.boundary.name}", identity.boundary.document))
    if identity.trust_policy is not None:
        documents.append(("trust policy", identity.trust_policy))
    return [
        {"name": name, "sha256": None if isinstance(document, Unknown) else digest(document)}
        for name, document in sorted(documents, key=lambda document: document[0])
    ]


def digest(document: Any) -> str:
    """Return the SHA-256 of a document in canonical form, without its external IDs.

    A digest would reveal an external ID that is easy to guess, so it only depends on how many there are.
    """
    canonical = json.dumps(_veiled(document), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def differences(
    recorded: Sequence[dict[str, str | None]], found: Sequence[dict[str, str | None]]
) -> list[str]:
    """Return a sentence for each difference from what was recorded."""
    digests = ({document["name"]: document["sha256"] for document in side} for side in (recorded, found))
    return [*_differences(*digests)]


def _differences(recorded: dict[Any, str | None], found: dict[Any, str | None]) -> Iterator[str]:
    for name in sorted({*recorded, *found}):
        if name not in found:
            yield f"{name}: it was recorded and no longer exists"
        elif name not in recorded:
            yield f"{name}: it exists and was not recorded"
        elif found[name] is None or recorded[name] is None:
            yield f"{name}: it cannot be compared, because it could not be read"
        elif found[name] != recorded[name]:
            yield f"{name}: it differs from what was recorded"


def _veiled(value: Any, *, secret: bool = False) -> Any:
    if isinstance(value, dict):
        return {key: _veiled(each, secret=key.lower() == _EXTERNAL_ID) for key, each in value.items()}
    if isinstance(value, list):
        return [_veiled(each, secret=secret) for each in value]
    return "…" if secret else value
