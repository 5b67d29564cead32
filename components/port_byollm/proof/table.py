"""A proof as text for a terminal."""

import json
import textwrap
from collections.abc import Iterator

from port_byollm.proof.claim import Group
from port_byollm.proof.exemption import Exemption
from port_byollm.proof.proof import Proof
from port_byollm.proof.rows import Row, rows

_WIDTH = 110
_INDENT = 25
"""The column in which a row's text begins, after its mark, decision and number of requests."""


def table(proof: Proof) -> str:
    """Return the claims by group, failures with reasons, and remedies.

    Lines have at most 110 characters, except JSON and single long words.
    """
    return "\n".join(_printable(line) for line in _lines(proof))


def _lines(proof: Proof) -> Iterator[str]:
    merged = rows(proof.claims)
    for group in Group:
        members = [row for row in merged if row.claims[0].group is group]
        if members:
            yield group.value
            for row in members:
                yield from _row(row)
            yield ""
    for exemption in proof.exemptions:
        yield from _exemption(exemption)
        yield ""
    for note in proof.notes:
        yield from _wrapped(note)
    yield proof.summary


def _row(row: Row) -> Iterator[str]:
    first, *rest = _wrapped(row.what, _INDENT)
    yield f"  {row.mark:<8}{row.decided:<8}{len(row.claims):>4}".ljust(_INDENT) + first.lstrip()
    yield from rest
    if not row.holds:
        yield from _wrapped(row.why, _INDENT + 2)


def _exemption(exemption: Exemption) -> Iterator[str]:
    where = f" in {', '.join(exemption.regions)}" if exemption.regions else ""
    yield from _wrapped(f"{exemption.policy}, {exemption.statement}, denies what is needed{where}.")
    if exemption.statements:
        yield "Put these statements in its place:"
        yield from json.dumps(exemption.statements, indent=2).splitlines()
    yield from _wrapped(exemption.reason)


def _wrapped(text: str, indent: int = 0) -> list[str]:
    margin = " " * indent
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=margin,
        subsequent_indent=margin,
        break_on_hyphens=False,
        break_long_words=False,  # people search for ARNs and copy them
    )


def _printable(line: str) -> str:
    """Replace control characters: names come from outside, and a terminal would obey them."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in line
    )
