"""A review as a comment on a pull request, for GitHub and GitLab.

Names from elsewhere stand in code blocks, where they cannot be markup or mention anybody.
"""

from collections.abc import Iterable, Iterator

from port_byollm.cli.review.review import NO_CHANGE, Review, printable, signed

_FENCE = "`" * 8  # longer than any fence that a name could contain


def to_markdown(review: Review) -> str:
    return "\n".join(_lines(review))


def _lines(review: Review) -> Iterator[str]:
    # A pipeline finds its earlier comment by this line.
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
    """Escape a sentence outside code blocks, as it may contain names from elsewhere."""
    return "".join(f"\\{char}" if char in "\\`*_{}[]<>#|@!&" else char for char in printable(text))
