"""How an update changes roles and users."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from port_byollm.cli.verify.handover import PlannedIdentity, PlannedPolicy
from port_byollm.iam.difference import Difference, policies_difference, trust_difference

_UNKNOWN = "{} is known only after the update"


@dataclass(frozen=True)
class Change:
    of: str
    """The identity, and whether its trust or its permissions change."""
    difference: Difference


def changes(old: Sequence[PlannedIdentity], new: Sequence[PlannedIdentity]) -> list[Change]:
    """Return the changes of each identity on either side, matched by URN."""
    before, after = {one.urn: one for one in old}, {one.urn: one for one in new}
    found = [
        change
        for urn in dict.fromkeys([*before, *after])
        for change in _changes(before.get(urn), after.get(urn))
    ]
    return [change for change in found if change.difference]


def _changes(old: PlannedIdentity | None, new: PlannedIdentity | None) -> Iterator[Change]:
    one = new or old
    assert one is not None  # noqa: S101  it is on at least one side
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
    """Return what the stack does not manage, which is not read."""
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
