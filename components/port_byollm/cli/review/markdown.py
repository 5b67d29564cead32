"""A review as a comment on a pull request, for GitHub and GitLab.

Whatever somebody else has named stands in blocks of code, where no markup is read and nobody is mentioned.
"""

from collections.abc import Iterable, Iterator

from port_byollm.cli.review.review import NO_CHANGE, Review, printable, signed

_FENCE = "`" * 8  # longer than any that a name in it could be taken for


def to_markdown(review: Review) -> str:
    return "\n".join(_lines(review))


def _lines(review: Review) -> Iterator[str]:
    # By which a pipeline finds the comment that it has made before.
    yield f"<!-- port-byollm review {review.stack} -->"
    yield f"### Who may do what in `{review.stack}`, after this change"
    yield ""
    if review.changes:
        yield from _code(
            "diff", (line for change in review.changes for line in (_title(change.of), *signed(change)))
        )
    else:
        yield NO_CHANGE
    yield ""
    for verdict in review.verdicts:
        yield f"- {_escaped(verdict)}"
    if review.operations:
        counts = ", ".join(f"{len(urns)} to {operation}" for operation, urns in review.operations.items())
        lines = (f"{operation} {urn}" for operation, urns in review.operations.items() for urn in urns)
        yield from _details(f"Resources: {counts}", lines)
    if review.rules.findings:
        lines = (
            f"{one.rule}  {one.resource}: {line}"
            for one in review.rules.findings
            for line in one.text.splitlines()
        )
        yield from _details("What the rules say", lines)
    if review.proof:
        from port_byollm.proof import table

        yield from _details("The proof", table(review.proof).splitlines())


def _title(text: str) -> str:
    return f"@@ {printable(text)} @@"


def _details(summary: str, lines: Iterable[str]) -> Iterator[str]:
    yield ""
    yield f"<details><summary>{summary}</summary>"
    yield ""
    yield from _code("text", map(printable, lines))
    yield ""
    yield "</details>"


def _code(language: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"{_FENCE}{language}"
    yield from lines
    yield _FENCE


def _escaped(text: str) -> str:
    """A sentence outside of code: names in it may be anybody's."""
    return "".join(f"\\{one}" if one in "\\`*_{}[]<>#|@!&" else one for one in printable(text))
