"""The difference in access between two versions of documents, by the evaluator's decisions.

Both versions are asked about every request that either of them can distinguish. The result has no secrets.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from port_byollm.iam.access import ON, Access, Fact, Kind, by_name
from port_byollm.iam.action_patterns import in_few_words
from port_byollm.iam.evaluator import Undecidable
from port_byollm.iam.witnesses import without_values

_MOST_REGIONS = 12
_WORDS: Mapping[Kind, str] = {
    Kind.PRINCIPAL: "principal {}",
    Kind.OPEN: "assumption without an external ID by {}",
    Kind.MODEL: "model {}",
    Kind.PROFILE: "profile {}",
    Kind.DIRECT: "model {} without a profile",
    Kind.UNGUARDED: "{} without a guardrail",
    Kind.GUARDRAIL: "calls under guardrail {}",
}


@dataclass(frozen=True)
class Difference:
    """A change in access, in phrases without secrets.

    `others` are sentences about what is neither simply gained nor simply lost.
    """

    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost or self.others)


def trust_difference(old: str | None, new: str | None) -> Difference:
    """Compare two trust policies (JSON texts); None stands for no policy."""
    if _same([old], [new]):
        return Difference()
    given = [text for text in (old, new) if text is not None]
    try:
        before = _NOBODY if old is None else Access.by_trust(old, given)
        after = _NOBODY if new is None else Access.by_trust(new, given)
    except Undecidable as undecidable:
        return _undecided(undecidable, given)
    return _difference(before, after, [*_external_ids(before, after)])


def policies_difference(
    old: Sequence[str], new: Sequence[str], old_boundary: str | None = None, new_boundary: str | None = None
) -> Difference:
    """Compare all policies of an identity (JSON texts), each version within its boundary."""
    if _same([*old, old_boundary], [*new, new_boundary]):
        return Difference()
    given = list(filter(None, [*old, *new, old_boundary, new_boundary]))
    try:
        before = Access.by_policies(old, old_boundary, given)
        after = Access.by_policies(new, new_boundary, given)
    except Undecidable as undecidable:
        return _undecided(undecidable, given)
    return _difference(before, after)


_NOBODY = Access(frozenset(), {})


def _difference(before: Access, after: Access, others: Sequence[str] = ()) -> Difference:
    gained, lost = after.facts - before.facts, before.facts - after.facts
    if not any(fact.kind is Kind.GUARDRAIL for fact in before.facts | after.facts):
        # If no condition names a guardrail, "without a guardrail" is true of every call.
        gained, lost = (
            frozenset(fact for fact in facts if fact.kind is not Kind.UNGUARDED) for facts in (gained, lost)
        )
    sentences = [*others, *_unexplained(before, after, lost, "allowed no longer")]
    sentences += _unexplained(after, before, gained, "allowed now")
    difference = Difference(tuple(_phrases(gained)), tuple(_phrases(lost)), tuple(sentences))
    tried = len(before.requests.keys() | after.requests.keys())
    same = f"Only the text changes: the decision on each of the {tried} requests tried stays the same."
    return difference or Difference(others=(same,))


def _unexplained(of: Access, against: Access, facts: frozenset[Fact], change: str) -> Iterator[str]:
    """Count the requests that only `of` allows and no fact mentions: they depend on other conditions."""
    rest = [key for key in of.requests.keys() - against.requests.keys() if not of.requests[key] & facts]
    if rest:
        yield f"{len(rest)} requests are {change} that depend on further conditions"


def _external_ids(before: Access, after: Access) -> Iterator[str]:
    """Tell how many external IDs change, without their values."""
    counts = {
        "accepted now": len(after.external_ids - before.external_ids),
        "accepted no longer": len(before.external_ids - after.external_ids),
        "accepted as before": len(before.external_ids & after.external_ids),
    }
    if before.external_ids != after.external_ids:
        yield "external ID changed: " + ", ".join(f"{n} {what}" for what, n in counts.items() if n)


def _phrases(facts: Iterable[Fact]) -> Iterator[str]:
    order = [*Kind]
    actions_on: dict[str, list[str]] = {}
    for (kind, name), where in sorted(
        by_name(facts).items(), key=lambda item: (order.index(item[0][0]), item[0][1])
    ):
        if kind is Kind.ACTION:
            action, _, resource = name.partition(ON)
            actions_on.setdefault(resource, []).append(action)
            continue
        regions = sorted(filter(None, where))
        more = len(regions) - _MOST_REGIONS
        shown = ", ".join(regions[:_MOST_REGIONS]) + (f" and {more} more" if more > 0 else "")
        yield _WORDS[kind].format(name) + (f" in {shown}" if shown else "")
    for resource, actions in actions_on.items():
        yield from in_few_words(actions, f"{ON}{resource}" if resource else "")


def _same(old: Iterable[str | None], new: Iterable[str | None]) -> bool:
    return [*map(_parsed, old)] == [*map(_parsed, new)]


def _parsed(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return text


def _undecided(undecidable: Undecidable, documents: Iterable[str]) -> Difference:
    message = str(undecidable)
    for document in documents:
        message = without_values(message, document)
    return Difference(others=(f"It changes, and cannot be compared: {message}",))
