"""Many actions in few words, of which none says more than the actions do."""

import re
from collections.abc import Collection, Iterator

from port_byollm.iam.candidates import APPLY_GUARDRAIL, INVOCATIONS, OTHER_ACTIONS
from port_byollm.iam.evaluator import actions

_FEWEST = 5
"""Actions that are put under one pattern."""
_VERB = re.compile(r"[A-Z][a-z]+")
_TOLD_BY_MODEL = frozenset((*INVOCATIONS, APPLY_GUARDRAIL))


def in_few_words(names: Collection[str], where: str = "") -> Iterator[str]:
    """Phrases that together name exactly `names`, actions as AWS spells them, each with `where` after it.

    A pattern stands for all actions that it matches, but for those by which models are invoked: what these
    are about is told by model and guardrail.
    """
    rest = {*names}
    for pattern in _patterns(rest):
        matched = {*actions.existing(pattern)} - _TOLD_BY_MODEL
        if len(matched) >= _FEWEST and matched <= rest:
            rest -= matched
            yield f"{pattern}{where} ({', '.join([f'{len(matched)} actions', *_telling(matched)])})"
    yield from (f"{action}{where}" for action in sorted(rest))


def _patterns(names: Collection[str]) -> list[str]:
    """From the widest: of whole services, then of what they do first in their names."""
    services, verbs = set(), set()
    for service, _, name in (one.partition(":") for one in names):
        services.add(f"{service}:*")
        if verb := _VERB.match(name):
            verbs.add(f"{service}:{verb[0]}*")
    return [*sorted(services), *sorted(verbs)]


def _telling(names: Collection[str]) -> Iterator[str]:
    if known := [one.partition(":")[2] for one in OTHER_ACTIONS if one in names]:
        yield f"among them {', '.join(sorted(known))}"
