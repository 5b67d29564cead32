"""The IAM documents in the resources of pulumi-aws."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from pulumi_policy.proxy import UnknownValueError

ROLE = "aws:iam/role:Role"
USER = "aws:iam/user:User"
POLICY = "aws:iam/policy:Policy"

TRUST_POLICY = "assumeRolePolicy"
"""The property of a role that contains its trust policy."""

# Quotas in characters; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MANAGED_POLICY_SIZE = 6144
TRUST_POLICY_SIZE = 2048
INLINE_SIZES = {
    "aws:iam/rolePolicy:RolePolicy": 10240,
    "aws:iam/groupPolicy:GroupPolicy": 5120,
    "aws:iam/userPolicy:UserPolicy": 2048,
}


class Resource(Protocol):
    """A resource, as both resource and stack policies receive it."""

    resource_type: str
    props: Mapping[str, Any]


@dataclass(frozen=True)
class Document:
    """A document: its place in the resource, its JSON text, and IAM's quota in characters."""

    place: str
    text: str
    most_characters: int

    @property
    def is_trust(self) -> bool:
        return self.place == TRUST_POLICY

    @property
    def characters(self) -> int:
        """The number of characters without white space, as IAM counts."""
        return len("".join(self.text.split()))


def known(reads: Sequence[Callable[[], Any]]) -> tuple[list[Any], UnknownValueError | None]:
    """Call each of `reads`; return the values, and the error if any is not known yet."""
    values, unknown = [], None
    for read in reads:
        try:
            values.append(read())
        except UnknownValueError as error:
            unknown = error
    return values, unknown


def identity_documents(resource: Resource) -> tuple[list[Document], UnknownValueError | None]:
    """Return the identity policies in `resource` itself, and the error if any is not known yet."""
    return known([*_identity_documents(resource)])


def _identity_documents(resource: Resource) -> Iterator[Callable[[], Document]]:
    if resource.resource_type == POLICY:
        yield partial(_read, "policy", resource.props, MANAGED_POLICY_SIZE)
    elif resource.resource_type in INLINE_SIZES:
        yield partial(_read, "policy", resource.props, INLINE_SIZES[resource.resource_type])
    elif resource.resource_type == ROLE:
        yield from _inline_documents(resource.props)


def _inline_documents(role: Mapping[str, Any]) -> Iterator[Callable[[], Document]]:
    size = INLINE_SIZES["aws:iam/rolePolicy:RolePolicy"]
    entries, unknown = listed_property(role, "inlinePolicies")
    for number, entry in enumerate(entries):
        # A program writes an empty entry to declare that there are no inline policies.
        if "policy" in [*entry]:
            yield partial(_read, f"inlinePolicies[{number}]", entry, size)
    if unknown:
        yield partial(_raise, unknown)


def _read(place: str, holder: Mapping[str, Any], most_characters: int) -> Document:
    return Document(place, text(holder["policy"]), most_characters)


def _raise(error: UnknownValueError) -> Document:
    raise error


def listed_property(props: Mapping[str, Any], name: str) -> tuple[list[Any], UnknownValueError | None]:
    """Return the known entries of a list (or one value), and the error if any is not known yet."""

    def entry(number: int) -> Any:
        return given[number]

    given: Any
    try:
        given = props.get(name)
    except UnknownValueError as error:
        return [], error
    if given is None:
        return [], None
    if isinstance(given, str | Mapping):
        return [given], None
    return known([partial(entry, number) for number in range(len(given))])


def trust_document(role: Resource) -> Document:
    """Return the trust policy of a role. Raises UnknownValueError if it is not known yet."""
    return Document(TRUST_POLICY, text(role.props["assumeRolePolicy"]), TRUST_POLICY_SIZE)


def text(document: Any) -> str:
    """Return a document as JSON text, from text or an object."""
    return document if isinstance(document, str) else json.dumps(plain(document))


def plain(value: Any) -> Any:
    """Return `value` without the SDK's proxies, which are neither dicts nor lists.

    Raises UnknownValueError if any part of it is not known yet.
    """
    if isinstance(value, Mapping):
        return {key: plain(value[key]) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(value[index]) for index in range(len(value))]
    return value
