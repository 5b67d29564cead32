"""Record a revocation in a stack's state, so that the next update undoes it.

An update compares the program with the state, not with AWS. The state therefore gets what a refresh would
find. The added policy becomes a resource of its own: the engine deletes resources that the program lacks.
"""

from collections.abc import Sequence
from typing import Any

from port_byollm.cli.revoke.identity import Identity, Role, User
from port_byollm.iam.revocation import POLICY_NAME, closed_trust

_ACCESS_KEY = "aws:iam/accessKey:AccessKey"
_TYPES = {
    "role": ("aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"),
    "user": ("aws:iam/user:User", "aws:iam/userPolicy:UserPolicy"),
}
"""Kind of identity -> its type, and the type of its inline policies."""

Resource = dict[str, Any]


def note(resources: list[Resource], revoked: Sequence[Identity]) -> None:
    """Record the revocation of `revoked` in the `resources` of a state. Idempotent."""
    for identity in revoked:
        kind, _ = _TYPES[identity.kind]
        for resource in list(resources):
            if resource["type"] == kind and resource.get("id") == identity.name:
                if isinstance(identity, Role):
                    _set(resource, "assumeRolePolicy", closed_trust().to_json())
                policy = _policy(identity, resource)
                if all(each["urn"] != policy["urn"] for each in resources):
                    resources.append(policy)
            elif isinstance(identity, User) and _is_key_of(identity, resource):
                _set(resource, "status", "Inactive")


def _is_key_of(user: User, resource: Resource) -> bool:
    return resource["type"] == _ACCESS_KEY and bool(resource["inputs"].get("user") == user.name)


def _set(resource: Resource, key: str, value: str) -> None:
    """Set an output, and the input of the same name if the program sets it."""
    resource["outputs"][key] = value
    if key in resource["inputs"]:
        resource["inputs"][key] = value


def _policy(identity: Identity, owner: Resource) -> Resource:
    """Return the inline policy as a resource beside the role or user `owner`."""
    kind, inline = _TYPES[identity.kind]
    stack, project, types, _ = owner["urn"].removeprefix("urn:pulumi:").split("::", 3)
    properties = {identity.kind: identity.name, "name": POLICY_NAME}
    return {
        "urn": f"urn:pulumi:{stack}::{project}::{types.removesuffix(kind)}{inline}::{POLICY_NAME}",
        "custom": True,
        "id": f"{identity.name}:{POLICY_NAME}",
        "type": inline,
        "inputs": properties,
        "outputs": properties,
        "dependencies": [owner["urn"]],
        "propertyDependencies": {identity.kind: [owner["urn"]]},
        **{key: owner[key] for key in ("parent", "provider") if key in owner},
    }
