"""The roles and users in a stack's state."""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_policy import PolicyCustomTimeouts, PolicyResource, PolicyResourceOptions

from port_byollm.cli.stack.state import plain_secret
from port_byollm.cli.verify.analyzer import identities
from port_byollm.cli.verify.handover import PlannedIdentity
from port_byollm_policies.stack import Stack

_OPTIONS = PolicyResourceOptions(False, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])


def identities_of(exported: Sequence[Mapping[str, Any]]) -> list[PlannedIdentity]:
    """Convert `exported`, the resources of a state with secrets, the way the engine does for policies."""
    # The old resource of an unfinished replacement: the next update deletes it.
    given = {each["urn"]: each for each in exported if not each.get("delete")}
    found = {urn: _resource(each) for urn, each in given.items()}
    for urn, resource in found.items():
        made_of = given[urn].get("propertyDependencies") or {}
        for name, urns in made_of.items():
            resource.property_dependencies[name] = [found[one] for one in urns if one in found]
    inputs = {urn: {*(each.get("inputs") or {})} for urn, each in given.items()}
    return identities(Stack([*found.values()], inputs))


def _resource(exported: Mapping[str, Any]) -> PolicyResource:
    props = _plain({**(exported.get("inputs") or {}), **(exported.get("outputs") or {})})
    urn = exported["urn"]
    return PolicyResource(exported["type"], props, urn, urn.split("::", 3)[3], _OPTIONS, None, None, [], {})


def _plain(value: Any) -> Any:
    """Return `value` with its secrets in plain text."""
    value = plain_secret(value)
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value
