"""A proof as HTML: a page or a fragment."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from port_byollm.proof.claim import Claim, Group
from port_byollm.proof.drawing import drawing
from port_byollm.proof.proof import Proof
from port_byollm.proof.rows import MARKS, Row, rows

if TYPE_CHECKING:
    import jinja2

_GLYPHS = {True: "✓", False: "✗", None: "?"}
STYLE = Path(__file__).with_name("picture.css")


class _Section(NamedTuple):
    heading: str
    rows: list[Row]
    claims: list[Claim]


def picture(proof: Proof, title: str) -> str:
    """Return a self-contained HTML page: the path as a picture, the claims as tables. All text is escaped."""
    return _template("picture.html.j2").render(title=title, each_request=True, **_values(proof))


def fragment(proof: Proof) -> str:
    """Return the page's content without heading and single requests, for pages that include `STYLE`."""
    return _template("proof.html.j2").render(each_request=False, **_values(proof))


def _template(name: str) -> "jinja2.Template":
    import jinja2  # here, because only HTML needs it

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(STYLE.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _values(proof: Proof) -> dict[str, object]:
    return {
        "proof": proof,
        "drawing": drawing(proof),
        "sections": list(_sections(proof)),
        "marks": MARKS,
        "glyphs": _GLYPHS,
        "pasted": [json.dumps(exemption.statements, indent=2) for exemption in proof.exemptions],
    }


def _sections(proof: Proof) -> Iterator[_Section]:
    for group in Group:
        claims = [claim for claim in proof.claims if claim.group is group]
        if claims:
            yield _Section(group.value, rows(claims), claims)
