"""A Deny statement, split into parts that together deny everything that it denied, except what is needed.

IAM joins comparisons by AND and statements by OR. An exemption in several dimensions therefore takes one
statement for each: other actions, other principals, other profiles, other regions.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from port_byollm.iam.documents import as_list
from port_byollm.iam.evaluator import actions
from port_byollm.proof.needs import Needs
from port_byollm.proof.requests import PRINCIPAL_KEY, PROFILE_KEY, REGION_KEY

Statement = Mapping[str, Any]

_MOST_NAMES = 30
"""The most actions that may replace a pattern."""


class NotExactError(Exception):
    """No parts express exactly this exemption. The text is a clause that says why."""


def parts(statement: Statement, needs: Needs) -> list[Statement]:
    """Return the replacements for `statement`. Raises NotExactError if no exact ones exist."""
    sid = statement.get("Sid") or "Byollm"
    seen: Counter[str] = Counter()
    named: list[Statement] = []
    for suffix, part in _parts(statement, needs):
        seen[suffix] += 1
        number = seen[suffix] if seen[suffix] > 1 else ""
        name = {"Sid": f"{sid}{suffix}{number}"} if suffix else {}
        named.append({**name, **part, **name})
    return named


def _parts(statement: Statement, needs: Needs) -> Iterator[tuple[str, Statement]]:
    """Yield each part with a suffix for its Sid."""
    yield from _other_actions(statement, needs)
    needed = _with_action(statement, "Action", needs.actions)
    yield "ForOtherPrincipals", _with_condition(needed, "ArnNotLike", PRINCIPAL_KEY, needs.principals)
    for group in _alike(needs):
        direct, routed = needs.direct.get(group[0], set()), needs.routed.get(group[0], {})
        elsewhere = _sparing(_with_action(statement, "Action", group), direct)
        if not routed:
            yield "OnOtherResources", elsewhere
            continue
        yield "ThroughOtherProfiles", _with_condition(elsewhere, "ArnNotLike", PROFILE_KEY, routed)
        by_regions: dict[frozenset[str], list[str]] = {}
        for profile, regions in routed.items():
            by_regions.setdefault(frozenset(regions), []).append(profile)
        for reached, profiles in by_regions.items():
            part = _with_condition(elsewhere, "StringNotEquals", REGION_KEY, reached)
            if len(by_regions) > 1 or direct:  # else the part for other profiles covers the rest
                part = _with_condition(part, "ArnLike", PROFILE_KEY, profiles)
            yield "OutsideDestinations", part


def _alike(needs: Needs) -> list[list[str]]:
    """Group the needed actions that are needed on the same resources, profiles and regions."""
    groups: dict[object, list[str]] = {}
    for action in needs.actions:
        routed = needs.routed.get(action, {})
        extent = (
            frozenset(needs.direct.get(action, ())),
            frozenset((profile, frozenset(regions)) for profile, regions in routed.items()),
        )
        groups.setdefault(extent, []).append(action)
    return list(groups.values())


def _other_actions(statement: Statement, needs: Needs) -> Iterator[tuple[str, Statement]]:
    """Yield `statement` without the needed actions."""
    if "NotAction" in statement:
        yield "", _with_action(statement, "NotAction", _joined(statement["NotAction"], needs.actions))
        return
    patterns = as_list(statement["Action"])
    if "*" in patterns:
        yield "", _with_action(statement, "NotAction", needs.actions)
        return
    needed = {action.lower() for action in needs.actions}
    kept: list[str] = []
    whole_service = False
    for pattern in patterns:
        names = actions.existing(pattern)
        if needed.isdisjoint(name.lower() for name in names):
            kept.append(pattern)
        elif len(names) <= _MOST_NAMES:
            kept += [name for name in names if name.lower() not in needed]
        elif pattern.endswith(":*"):
            kept.append(pattern)
            whole_service = True
        else:
            raise NotExactError(f"no Action expresses {pattern!r} without {' and '.join(needs.actions)}")
    if whole_service:
        yield from _rest_of_service(_with_action(statement, "Action", kept), needs)
    elif kept:
        yield "", _with_action(statement, "Action", kept)


def _rest_of_service(statement: Statement, needs: Needs) -> Iterator[tuple[str, Statement]]:
    """Split `bedrock:*`, too wide to list, by resource and by the key that only invocations have."""
    profiles = {profile for routed in needs.routed.values() for profile in routed}
    direct = {resource for resources in needs.direct.values() for resource in resources}
    others = _with_action(statement, "NotAction", needs.actions)
    spared = _sparing(statement, direct)
    if profiles:
        yield "", _with_condition(spared, "ArnNotLike", PROFILE_KEY, profiles)
        yield "ForOtherActions", _with_condition(others, "ArnLike", PROFILE_KEY, profiles)
    else:
        yield "", spared
    if direct:
        everywhere = {key: value for key, value in others.items() if key not in ("Resource", "NotResource")}
        yield "ForOtherActions", {**everywhere, "Resource": sorted(direct)}


def _with_action(statement: Statement, element: str, names: Iterable[str]) -> Statement:
    """Return `statement` with another Action or NotAction, in the same place."""
    changed: dict[str, Any] = {}
    for key, value in statement.items():
        if key in ("Action", "NotAction"):
            changed[element] = list(names)
        else:
            changed[key] = value
    return changed


def _sparing(statement: Statement, resources: Iterable[str]) -> Statement:
    """Return `statement` for all its resources except these."""
    spared = sorted(resources)
    if not spared:
        return statement
    if "NotResource" in statement:
        return {**statement, "NotResource": _joined(statement["NotResource"], spared)}
    if "*" not in as_list(statement["Resource"]):
        raise NotExactError("its Resource cannot exclude the needed resources")
    return {
        ("NotResource" if key == "Resource" else key): (spared if key == "Resource" else value)
        for key, value in statement.items()
    }


def _with_condition(statement: Statement, operator: str, key: str, values: Iterable[str]) -> Statement:
    """Return `statement` with a further comparison in its condition."""
    block = {name: dict(keys) for name, keys in statement.get("Condition", {}).items()}
    keys = block.setdefault(operator, {})
    same = next((one for one in keys if one.lower() == key.lower()), None)
    if same is None:
        keys[key] = sorted(values)
    elif "Not" in operator:  # none of these and none of those
        keys[same] = _joined(keys[same], sorted(values))
    else:
        raise NotExactError(f"the statement already compares {same} with {operator}")
    return {**statement, "Condition": block}


def _joined(given: Any, further: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*map(str, as_list(given)), *further]))
