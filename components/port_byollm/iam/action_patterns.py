"""Long lists of actions, shortened to patterns that match exactly these actions."""

import re
from collections.abc import Collection, Iterator

from port_byollm.iam.candidates import APPLY_GUARDRAIL, INVOCATIONS, OTHER_ACTIONS
from port_byollm.iam.evaluator import actions

_FEWEST = 5
"""Actions that are worth a pattern."""
_VERB = re.compile(r"[A-Z][a-z]+")
_REPORTED_BY_MODEL = frozenset((*INVOCATIONS, APPLY_GUARDRAIL))


def in_few_words(names: Collection[str], where: str = "") -> Iterator[str]:
    """Yield phrases, each followed by `where`, that together name exactly the actions `names`.

    A pattern stands for every action that it matches except those that invoke models: these are reported by
    model and guardrail.
    """
    rest = {*names}
    for pattern in _patterns(rest):
        matched = {*actions.existing(pattern)} - _REPORTED_BY_MODEL
        if len(matched) >= _FEWEST and matched <= rest:
            rest -= matched
            yield f"{pattern}{where} ({', '.join([f'{len(matched)} actions', *_well_known(matched)])})"
    yield from (f"{action}{where}" for action in sorted(rest))


def _patterns(names: Collection[str]) -> list[str]:
    """Return the candidate patterns, widest first: whole services, then verbs."""
    services, verbs = set(), set()
    for service, _, name in (action.partition(":") for action in names):
        services.add(f"{service}:*")
        if verb := _VERB.match(name):
            verbs.add(f"{service}:{verb[0]}*")
    return [*sorted(services), *sorted(verbs)]


def _well_known(names: Collection[str]) -> Iterator[str]:
    if known := [one.partition(":")[2] for one in OTHER_ACTIONS if one in names]:
        yield f"among them {', '.join(sorted(known))}"
