"""A stack's roles and users, with everything attached to them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pulumi_policy import PolicyResource
from pulumi_policy.proxy import UnknownValueError

from port_byollm_policies.documents import POLICY, ROLE, USER, Document, identity_documents, listed_property

# Resource type that attaches something to identities -> their types, and the properties that name them.
_HOLDERS = {
    "aws:iam/rolePolicy:RolePolicy": ((ROLE, "role"),),
    "aws:iam/userPolicy:UserPolicy": ((USER, "user"),),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ((ROLE, "role"),),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": ((USER, "user"),),
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": ((ROLE, "roleName"),),
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": ((USER, "userName"),),
    "aws:iam/policyAttachment:PolicyAttachment": ((ROLE, "roles"), (USER, "users")),
    "aws:iam/groupMembership:GroupMembership": ((USER, "users"),),
    "aws:iam/userGroupMembership:UserGroupMembership": ((USER, "user"),),
}


@dataclass
class Identity:
    """A role or user."""

    resource: PolicyResource
    documents: list[tuple[PolicyResource, Document]] = field(default_factory=list)
    """Its identity policies, each with the resource that contains it."""
    elsewhere: list[str] = field(default_factory=list)
    """ARNs of attached policies that are not resources of this stack."""
    groups: list[str] = field(default_factory=list)
    """Names of its groups, whose policies it has too."""
    boundary: "References" = field(default_factory=lambda: References([], [], []))
    """Its permissions boundary; empty if it has none."""
    unknown: list[UnknownValueError] = field(default_factory=list)
    """The errors about values that are not known yet."""


class Stack:
    """The resources of a stack with their outputs, as a stack policy receives them."""

    def __init__(
        self, resources: Sequence[PolicyResource], inputs: Mapping[str, Collection[str]] | None = None
    ) -> None:
        """
        :param inputs: URN -> the names of the properties that the program sets. The others come from AWS:
            they are unknown for a new role, and for an existing one show its state before the update.
        """
        self.resources = resources
        self._inputs = inputs or {}
        self._by_name = {(one.resource_type, name): one for one in resources for name in _names(one)}
        identities = {one.urn: Identity(one) for one in resources if one.resource_type in (ROLE, USER)}
        self.identities = list(identities.values())
        granted: set[str] = set()
        for identity in self.identities:
            if self._gives(identity.resource, "inlinePolicies"):
                _read(identity, identity.resource)
            if self._gives(identity.resource, "managedPolicyArns"):
                granted |= self._attach(identity, identity.resource, "managedPolicyArns")
            identity.boundary = self._references(identity.resource, "permissionsBoundary", POLICY)
            granted |= {policy.urn for policy in identity.boundary.found}
        for one in resources:
            for kind, name in _HOLDERS.get(one.resource_type, ()):
                for holder in self._references(one, name, kind).found:
                    identity = identities[holder.urn]
                    _read(identity, one)
                    granted |= self._attach(identity, one, "policyArn")
                    granted |= self._attach(identity, one, "policyArns")
                    _join(identity, one)
        self.unattached = [one for one in resources if one.resource_type == POLICY and one.urn not in granted]
        """Managed policies that the stack neither attaches to a role or user nor uses as a boundary."""

    def _gives(self, resource: PolicyResource, name: str) -> bool:
        return resource.urn not in self._inputs or name in self._inputs[resource.urn]

    def _attach(self, identity: Identity, holder: PolicyResource, name: str) -> set[str]:
        """Give `identity` the managed policies in a property. Return the URNs of those in the stack."""
        references = self._references(holder, name, POLICY)
        identity.elsewhere += references.elsewhere
        identity.unknown += references.unknown
        for policy in references.found:
            if policy not in (one for one, _ in identity.documents):
                _read(identity, policy)
        return {policy.urn for policy in references.found}

    def _references(self, holder: PolicyResource, name: str, kind: str) -> "References":
        """Resolve a property: by name or ARN or, if these are not known yet, by its dependencies."""
        values, unknown = listed_property(holder.props, name)
        found, elsewhere = [], []
        for value in filter(None, values):
            # An ARN ends in the name. AWS's own policies are never resources of the stack.
            end = "" if ":iam::aws:" in value else value.rpartition("/")[2]
            match = self._by_name.get((kind, value)) or self._by_name.get((kind, end))
            if match:
                found.append(match)
            else:
                elsewhere.append(value)
        sources = [one for one in holder.property_dependencies.get(name, []) if one.resource_type == kind]
        if unknown and sources:
            return References([*found, *sources], elsewhere, [])
        return References(found, elsewhere, [unknown] if unknown else [])


class References(NamedTuple):
    """What a property of a resource refers to."""

    found: list[PolicyResource]
    elsewhere: list[str]
    """Names or ARNs of resources outside this stack."""
    unknown: list[UnknownValueError]


def _read(identity: Identity, holder: PolicyResource) -> None:
    documents, unknown = identity_documents(holder)
    identity.documents += [(holder, document) for document in documents]
    identity.unknown += [unknown] if unknown else []


def _join(identity: Identity, membership: PolicyResource) -> None:
    for name in ("group", "groups"):
        groups, unknown = listed_property(membership.props, name)
        identity.groups += groups
        identity.unknown += [unknown] if unknown else []


def _names(resource: PolicyResource) -> Iterator[str]:
    for name in ("name", "arn"):
        try:
            if known := resource.props.get(name):
                yield known
        except UnknownValueError:
            continue
