"""A proof as a page."""

from port_byollm.proof.proof import Proof


def picture(proof: Proof, title: str) -> str:
    """One self-contained HTML page: the path as a picture, the claims as tables; all text is escaped."""
    raise NotImplementedError
