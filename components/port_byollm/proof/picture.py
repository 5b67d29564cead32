"""A proof as a page."""

import json
from collections.abc import Iterator
from importlib import resources
from typing import NamedTuple

from port_byollm.proof.claim import Claim, Group
from port_byollm.proof.drawing import drawing
from port_byollm.proof.proof import Proof
from port_byollm.proof.rows import MARKS, Row, rows

_GLYPHS = {True: "✓", False: "✗", None: "?"}


class _Section(NamedTuple):
    heading: str
    rows: list[Row]
    claims: list[Claim]


def picture(proof: Proof, title: str) -> str:
    """One self-contained HTML page: the path as a picture, the claims as tables; all text is escaped."""
    import jinja2  # here, for the others who import this package do without

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    text = resources.files(__package__).joinpath("picture.html.j2").read_text(encoding="utf-8")
    return environment.from_string(text).render(
        title=title,
        proof=proof,
        drawing=drawing(proof),
        sections=list(_sections(proof)),
        marks=MARKS,
        glyphs=_GLYPHS,
        pasted=[json.dumps(exemption.statements, indent=2) for exemption in proof.exemptions],
    )


def _sections(proof: Proof) -> Iterator[_Section]:
    for group in Group:
        claims = [claim for claim in proof.claims if claim.group is group]
        if claims:
            yield _Section(group.value, rows(claims), claims)
