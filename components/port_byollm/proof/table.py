"""A proof as text for a terminal."""

from port_byollm.proof.proof import Proof


def table(proof: Proof) -> str:
    """The claims by group, what fails with its reason, and what to do; at most 110 columns where words allow."""
    raise NotImplementedError
