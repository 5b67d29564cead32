"""Roles and users of a stack, with everything that is attached to them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pulumi_policy import PolicyResource
from pulumi_policy.proxy import UnknownValueError

from port_byollm_policies.documents import POLICY, ROLE, USER, Document, identity_documents, listed_property

# Type of what attaches -> type of the identity, and the properties that name identity and policy.
_INLINE = {
    "aws:iam/rolePolicy:RolePolicy": (ROLE, "role"),
    "aws:iam/userPolicy:UserPolicy": (USER, "user"),
}
_ATTACHMENTS = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ((ROLE, "role"),),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": ((USER, "user"),),
    "aws:iam/policyAttachment:PolicyAttachment": ((ROLE, "roles"), (USER, "users")),
}


@dataclass
class Identity:
    """A role or user."""

    resource: PolicyResource
    documents: list[tuple[PolicyResource, Document]] = field(default_factory=list)
    """The identity policies that it has, each with the resource that holds it."""
    elsewhere: list[str] = field(default_factory=list)
    """ARNs of policies attached to it that are no resources of this stack."""
    unknown: list[UnknownValueError] = field(default_factory=list)
    """What of this cannot be known yet."""


class Stack:
    """The resources of a stack, as a policy is given them: with their outputs."""

    def __init__(self, resources: Sequence[PolicyResource]) -> None:
        self.resources = resources
        self.identities = [Identity(one) for one in resources if one.resource_type in (ROLE, USER)]
        self._attached: set[str] = set()
        for identity in self.identities:
            self._attach_all(identity)

    @property
    def unattached(self) -> list[PolicyResource]:
        """Managed policies that this stack attaches to nobody, nor uses as a boundary."""
        return [
            one
            for one in self.resources
            if one.resource_type == POLICY and one.urn not in self._attached and not self._is_boundary(one)
        ]

    def _is_boundary(self, policy: PolicyResource) -> bool:
        return any(
            policy in self._meant(identity.resource, "permissionsBoundary", POLICY, [])
            for identity in self.identities
        )

    def _attach_all(self, identity: Identity) -> None:
        self._read(identity, identity.resource)
        self._attach(identity, identity.resource, "managedPolicyArns")
        for one in self.resources:
            if one.resource_type in _INLINE:
                kind, name = _INLINE[one.resource_type]
                if identity.resource in self._meant(one, name, kind, []):
                    self._read(identity, one)
            for kind, name in _ATTACHMENTS.get(one.resource_type, ()):
                if identity.resource in self._meant(one, name, kind, []):
                    self._attach(identity, one, "policyArn")

    def _read(self, identity: Identity, holder: PolicyResource) -> None:
        documents, unknown = identity_documents(holder)
        identity.documents += [(holder, document) for document in documents]
        identity.unknown += [unknown] if unknown else []

    def _attach(self, identity: Identity, holder: PolicyResource, name: str) -> None:
        for policy in self._meant(holder, name, POLICY, identity.elsewhere, identity.unknown):
            self._attached.add(policy.urn)
            if policy not in (one for one, _ in identity.documents):
                self._read(identity, policy)

    def _meant(
        self,
        holder: PolicyResource,
        name: str,
        kind: str,
        elsewhere: list[str],
        unknown: list[UnknownValueError] | None = None,
    ) -> list[PolicyResource]:
        """The resources of `kind` that a property names, by name or ARN, or by what it was made of.

        What is no resource of the stack is added to `elsewhere`, and what cannot be known to `unknown`.
        """
        found: dict[str, PolicyResource] = {}
        values, error = listed_property(holder.props, name)
        for value in values:
            match = next((one for one in self._of(kind) if _is_called(one, value)), None)
            if match:
                found[match.urn] = match
            else:
                elsewhere.append(value)
        if error:
            made_of = [one for one in holder.property_dependencies.get(name, []) if one.resource_type == kind]
            found |= {one.urn: one for one in made_of}
            if not made_of and unknown is not None:
                unknown.append(error)
        return list(found.values())

    def _of(self, kind: str) -> Iterator[PolicyResource]:
        return (one for one in self.resources if one.resource_type == kind)


def _is_called(resource: PolicyResource, value: str) -> bool:
    for name in ("arn", "name"):
        try:
            known = resource.props.get(name)
        except UnknownValueError:
            continue
        if known and (
            value == known or (name == "name" and value.startswith("arn:") and value.endswith(f"/{known}"))
        ):
            return True
    return False
