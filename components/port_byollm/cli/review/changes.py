"""How roles and users differ, before and after."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from port_byollm.cli.verify.handover import PlannedIdentity, PlannedPolicy
from port_byollm.iam.difference import Difference, policies_difference, trust_difference

_UNKNOWN = "{} is known only when the update has made what it is made of"


@dataclass(frozen=True)
class Change:
    of: str
    """Which identity, and what about it."""
    difference: Difference


def changes(old: Sequence[PlannedIdentity], new: Sequence[PlannedIdentity]) -> list[Change]:
    """What differs, of each that is on either side; by the URN it is known which is which."""
    before, after = {one.urn: one for one in old}, {one.urn: one for one in new}
    found = [
        change
        for urn in dict.fromkeys([*before, *after])
        for change in _changes(before.get(urn), after.get(urn))
    ]
    return [change for change in found if change.difference]


def _changes(old: PlannedIdentity | None, new: PlannedIdentity | None) -> Iterator[Change]:
    one = new or old
    assert one is not None  # noqa: S101  it is on one side at least
    name = f"{one.kind} {one.name or one.urn.rpartition('::')[2]}"
    if one.kind == "role":
        yield Change(f"{name}: who may assume it", _trust(old, new))
    yield Change(f"{name}: what it may do", _permissions(old, new))


def _trust(old: PlannedIdentity | None, new: PlannedIdentity | None) -> Difference:
    if new is not None and new.trust_policy is None:
        return Difference(others=(_UNKNOWN.format("the trust policy"),))
    return trust_difference(old.trust_policy if old else None, new.trust_policy if new else None)


def _permissions(old: PlannedIdentity | None, new: PlannedIdentity | None) -> Difference:
    gained, lost = (sorted(_elsewhere(one) - _elsewhere(other)) for one, other in ((new, old), (old, new)))
    unknown = [] if new is None else [one.name for one in _policies(new) if one.document is None]
    if unknown:
        found = Difference(others=tuple(map(_UNKNOWN.format, unknown)))
    else:
        found = policies_difference(_documents(old), _documents(new), _boundary(old), _boundary(new))
    return replace(found, gained=(*gained, *found.gained), lost=(*lost, *found.lost))


def _elsewhere(identity: PlannedIdentity | None) -> set[str]:
    """What is not the stack's, and is not read here."""
    if identity is None:
        return set()
    boundary = identity.boundary_elsewhere
    return {f"attached policy {arn}" for arn in identity.elsewhere} | (
        {f"permissions boundary {boundary}"} if boundary else set()
    )


def _policies(identity: PlannedIdentity) -> list[PlannedPolicy]:
    return [*identity.policies, *([identity.boundary] if identity.boundary else [])]


def _documents(identity: PlannedIdentity | None) -> list[str]:
    return [one.document for one in identity.policies if one.document] if identity else []


def _boundary(identity: PlannedIdentity | None) -> str | None:
    return identity.boundary.document if identity and identity.boundary else None
