"""A review for a terminal."""

from collections.abc import Iterator

from port_byollm.cli.review.review import NO_CHANGE, Review, printable, signed


def to_text(review: Review) -> str:
    return "\n".join(_lines(review))


def _lines(review: Review) -> Iterator[str]:
    yield f"the stack {review.stack}, as an update would change it"
    yield ""
    for change in review.changes:
        yield printable(change.of)
        yield from (f"  {line}" for line in signed(change))
        yield ""
    if not review.changes:
        yield NO_CHANGE
    counts = [f"{len(urns)} to {operation}" for operation, urns in review.operations.items()]
    yield f"Resources: {', '.join(counts) or 'no change'}."
    yield from map(printable, review.verdicts)
