"""Fingerprints, which show that a document has changed without showing it."""

import hashlib

import pulumi

from port_byollm.outputs import of_made


def fingerprint(*documents: pulumi.Input[str]) -> pulumi.Output[str]:
    """Return the SHA-256 of the documents in hexadecimal; secret if one of them is."""

    @of_made
    def digest(known: list[str]) -> str:
        return hashlib.sha256("\0".join(known).encode()).hexdigest()

    return pulumi.Output.all(*documents).apply(digest)
