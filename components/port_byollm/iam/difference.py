"""What a change of documents changes, by what the evaluator decides.

Both sides are asked about the requests that they can tell apart together. Nothing that is told is a secret.
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
    Kind.OPEN: "leave to assume it without an external ID for {}",
    Kind.MODEL: "model {}",
    Kind.PROFILE: "profile {}",
    Kind.DIRECT: "model {} through no profile",
    Kind.UNGUARDED: "{} without a guardrail",
    Kind.GUARDRAIL: "calls under guardrail {}",
}


@dataclass(frozen=True)
class Difference:
    """What a change of documents changes, in phrases without a secret.

    `others` are what is neither gained nor lost as a whole, in sentences.
    """

    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost or self.others)


def trust_difference(old: str | None, new: str | None) -> Difference:
    """Between trust policies (JSON texts); None is none at all."""
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
    """Between all policies of an identity (JSON texts) within its boundaries."""
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
        # Where nothing speaks of guardrails, every call is without one.
        gained, lost = (
            frozenset(fact for fact in some if fact.kind is not Kind.UNGUARDED) for some in (gained, lost)
        )
    told = [*others, *_untold(before, after, lost, "allowed no longer")]
    told += _untold(after, before, gained, "allowed now")
    found = Difference(tuple(_phrases(gained)), tuple(_phrases(lost)), tuple(told))
    asked = len(before.requests.keys() | after.requests.keys())
    same = f"It is written otherwise; none of the {asked} requests that were asked is decided otherwise."
    return found or Difference(others=(same,))


def _untold(of: Access, against: Access, told: frozenset[Fact], what: str) -> Iterator[str]:
    """What one side allows, the other does not, and no fact says: it depends on other conditions."""
    rest = [key for key in of.requests.keys() - against.requests.keys() if not of.requests[key] & told]
    if rest:
        yield f"{len(rest)} requests are {what} that depend on further conditions"


def _external_ids(before: Access, after: Access) -> Iterator[str]:
    """The values are not told, and how many there are is."""
    counts = {
        "accepted now": len(after.external_ids - before.external_ids),
        "accepted no longer": len(before.external_ids - after.external_ids),
        "accepted as before": len(before.external_ids & after.external_ids),
    }
    if before.external_ids != after.external_ids:
        yield "external ID changed: " + ", ".join(f"{n} {what}" for what, n in counts.items() if n)


def _phrases(facts: Iterable[Fact]) -> Iterator[str]:
    found = by_name(facts)
    on: dict[str, list[str]] = {}
    for (kind, name), regions in sorted(found.items(), key=lambda one: ([*Kind].index(one[0][0]), one[0][1])):
        if kind is Kind.ACTION:
            action, _, resource = name.partition(ON)
            on.setdefault(resource, []).append(action)
            continue
        listed = sorted(filter(None, regions))
        more = len(listed) - _MOST_REGIONS
        where = ", ".join(listed[:_MOST_REGIONS]) + (f" and {more} more" if more > 0 else "")
        yield _WORDS[kind].format(name) + (f" in {where}" if where else "")
    for resource, actions in on.items():
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
