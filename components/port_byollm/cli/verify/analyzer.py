"""What the engine runs as a policy pack for `handover.preview`.

It sees the resources of a preview with their secrets.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from port_byollm.cli.verify.handover import (
    Planned,
    PlannedConnection,
    PlannedIdentity,
    PlannedPolicy,
    hand_over,
)
from port_byollm_policies.documents import ROLE, USER, identity_documents, listed_property, trust_document
from port_byollm_policies.registration import LLM_PROVIDER
from port_byollm_policies.stack import Identity, Stack

_ASKS_NOTHING = "it asks for nothing"
"""What keeps a policy from being counted among the rules that hold."""

_SECRET, _EXTERNAL_ID = "port-byollm:index:Secret", "port-byollm:index:ExternalId"


def serve(program: str) -> None:
    """Serve the pack whose `__main__.py` is `program`. Never returns."""

    inputs: dict[str, frozenset[str]] = {}

    def note(args: ResourceValidationArgs, report: ReportViolation) -> None:
        inputs[args.urn] = frozenset(args.props)
        args.not_applicable(_ASKS_NOTHING)

    def see(args: StackValidationArgs, report: ReportViolation) -> None:
        stack = Stack(args.resources, inputs)
        found = Planned(connection(stack), identities(stack))
        hand_over(Path(program).parent, found.to_json().encode())
        args.not_applicable(_ASKS_NOTHING)

    policies = [
        ResourceValidationPolicy("inputs", "Notes what the program gives.", note),
        StackValidationPolicy("hand-over", "Hands over what `port-byollm` proves and compares.", see),
    ]
    PolicyPack("port-byollm-verify", policies, enforcement_level=EnforcementLevel.ADVISORY)


def connection(stack: Stack) -> PlannedConnection | None:
    """The connection of Bedrock that the stack is to make."""
    registration = next((one for one in stack.resources if _is_bedrock(one)), None)
    if registration is None:
        return None
    given = _value(registration.props, "config") or {}
    config = {key: _value(given, key) for key in given}
    models = _value(registration.props, "models") or {}
    identity = _identity(registration, config, stack)
    external_id, previous = _external_ids(config.get("externalIdSecretName"), stack.resources)
    return PlannedConnection(
        config,
        [name for name in models if _value(models, name)],
        None if identity is None else _planned(identity),
        external_id,
        previous,
    )


def identities(stack: Stack) -> list[PlannedIdentity]:
    """Each role and user of the stack, with its documents."""
    return [_planned(identity) for identity in stack.identities]


def _is_bedrock(resource: PolicyResource) -> bool:
    return resource.resource_type == LLM_PROVIDER and _value(resource.props, "provider") == "bedrock"


def _identity(registration: PolicyResource, config: Mapping[str, Any], stack: Stack) -> Identity | None:
    """The role or user of the stack that a registration was made of, or whose ARN it names."""
    kind, named = (ROLE, config["roleArn"]) if "roleArn" in config else (USER, None)
    made_of = {one.urn for one in _made_of(registration, "config")}
    for identity in stack.identities:
        resource = identity.resource
        is_named = named and named.rpartition("/")[2] == _value(resource.props, "name")
        if resource.resource_type == kind and (is_named or resource.urn in made_of):
            return identity
    return None


def _made_of(resource: PolicyResource, name: str) -> Iterator[PolicyResource]:
    """The resources whose outputs a property was made of, and those that these were made of."""
    waiting, seen = [*resource.property_dependencies.get(name, [])], set()
    while waiting:
        one = waiting.pop()
        if one.urn not in seen:
            seen.add(one.urn)
            yield one
            waiting += [each for made_of in one.property_dependencies.values() for each in made_of]


def _planned(identity: Identity) -> PlannedIdentity:
    resource, boundary = identity.resource, identity.boundary
    is_role = resource.resource_type == ROLE
    policies = [PlannedPolicy(_name(holder), document.text) for holder, document in identity.documents]
    policies += [PlannedPolicy("an attached policy", None) for _ in identity.unknown]
    boundaries = [PlannedPolicy(_name(policy), _text(policy)) for policy in boundary.found]
    boundaries += [PlannedPolicy("the permissions boundary", None) for _ in boundary.unknown]
    return PlannedIdentity(
        resource.urn,
        "role" if is_role else "user",
        _value(resource.props, "path") or "/",
        _value(resource.props, "name"),
        _trust_policy(resource) if is_role else None,
        policies,
        next(iter(boundaries), None),
        identity.elsewhere,
        next(iter(boundary.elsewhere), None),
    )


def _text(policy: PolicyResource) -> str | None:
    documents, _ = identity_documents(policy)
    return documents[0].text if documents else None


def _trust_policy(role: PolicyResource) -> str | None:
    try:
        return trust_document(role).text
    except UnknownValueError:
        return None


def _name(resource: PolicyResource) -> str:
    """What AWS is to call it, else what the program does."""
    return _value(resource.props, "name") or resource.name


def _external_ids(
    secret_name: str | None, resources: Sequence[PolicyResource]
) -> tuple[str | None, list[str | None]]:
    """What Port's secret of this name is to hold, and what was there before.

    An imported secret has no value: it is taken for what the program gives it, as `deployed.py` does.
    """
    secrets = (one for one in resources if one.resource_type == _SECRET)
    secret = next(
        (one for one in secrets if secret_name and _value(one.props, "secretName") == secret_name), None
    )
    if secret is None:
        return None, []
    value = _value(secret.props, "secretValue")
    given = {one.urn for one in secret.property_dependencies.get("secretValue", [])}
    for one in (one for one in resources if one.resource_type == _EXTERNAL_ID):
        known = _value(one.props, "value")
        if (value and known == value) or (value is None and one.urn in given):
            previous, unknown = listed_property(one.props, "previous")
            return known, previous + ([None] if unknown else [])
    return value, []


def _value(holder: Mapping[str, Any], name: str) -> Any:
    """None where it is not there, or not known at this point."""
    try:
        return holder.get(name)
    except UnknownValueError:
        return None
