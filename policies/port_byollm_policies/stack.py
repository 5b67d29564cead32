"""Roles and users of a stack, with everything that is attached to them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pulumi_policy import PolicyResource
from pulumi_policy.proxy import UnknownValueError

from port_byollm_policies.documents import POLICY, ROLE, USER, Document, identity_documents, listed_property

# Type of what gives policies to an identity -> types of identities, and the properties that name them.
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
    """The identity policies that it has, each with the resource that holds it."""
    elsewhere: list[str] = field(default_factory=list)
    """ARNs of policies attached to it that are no resources of this stack."""
    groups: list[str] = field(default_factory=list)
    """Names of the groups that it is in, and has the policies of."""
    boundary: "Meant" = field(default_factory=lambda: Meant([], [], []))
    """Its permissions boundary; empty where it has none."""
    unknown: list[UnknownValueError] = field(default_factory=list)
    """What of this cannot be known yet."""


class Stack:
    """The resources of a stack, as a policy is given them: with their outputs."""

    def __init__(
        self, resources: Sequence[PolicyResource], inputs: Mapping[str, Collection[str]] | None = None
    ) -> None:
        """
        :param inputs: The names of the properties that the program gives, by URN. What it leaves out of a
            role, AWS tells: nothing yet of a new one, and of another what there was before.
        """
        self.resources = resources
        self._inputs = inputs or {}
        self._called = {(one.resource_type, name): one for one in resources for name in _names(one)}
        identities = {one.urn: Identity(one) for one in resources if one.resource_type in (ROLE, USER)}
        self.identities = list(identities.values())
        granted: set[str] = set()
        for identity in self.identities:
            if self._gives(identity.resource, "inlinePolicies"):
                _read(identity, identity.resource)
            if self._gives(identity.resource, "managedPolicyArns"):
                granted |= self._attach(identity, identity.resource, "managedPolicyArns")
            identity.boundary = self._meant(identity.resource, "permissionsBoundary", POLICY)
            granted |= {policy.urn for policy in identity.boundary.found}
        for one in resources:
            for kind, name in _HOLDERS.get(one.resource_type, ()):
                for holder in self._meant(one, name, kind).found:
                    identity = identities[holder.urn]
                    _read(identity, one)
                    granted |= self._attach(identity, one, "policyArn")
                    granted |= self._attach(identity, one, "policyArns")
                    _join(identity, one)
        self.unattached = [one for one in resources if one.resource_type == POLICY and one.urn not in granted]
        """Managed policies that this stack attaches to no role or user, nor uses as a boundary."""

    def _gives(self, resource: PolicyResource, name: str) -> bool:
        return resource.urn not in self._inputs or name in self._inputs[resource.urn]

    def _attach(self, identity: Identity, holder: PolicyResource, name: str) -> set[str]:
        """Give `identity` the managed policies that a property names; returns the URNs of the stack's."""
        meant = self._meant(holder, name, POLICY)
        identity.elsewhere += meant.elsewhere
        identity.unknown += meant.unknown
        for policy in meant.found:
            if policy not in (one for one, _ in identity.documents):
                _read(identity, policy)
        return {policy.urn for policy in meant.found}

    def _meant(self, holder: PolicyResource, name: str, kind: str) -> "Meant":
        """What a property names: by name or ARN or, where that is not known yet, by what it was made of."""
        values, unknown = listed_property(holder.props, name)
        found, elsewhere = [], []
        for value in filter(None, values):
            # An ARN ends in the name; those of AWS's own policies are never the stack's.
            end = "" if ":iam::aws:" in value else value.rpartition("/")[2]
            match = self._called.get((kind, value)) or self._called.get((kind, end))
            if match:
                found.append(match)
            else:
                elsewhere.append(value)
        made_of = [one for one in holder.property_dependencies.get(name, []) if one.resource_type == kind]
        if unknown and made_of:
            return Meant([*found, *made_of], elsewhere, [])
        return Meant(found, elsewhere, [unknown] if unknown else [])


class Meant(NamedTuple):
    """What a property of a resource names."""

    found: list[PolicyResource]
    elsewhere: list[str]
    """Names or ARNs of what is no resource of this stack."""
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
