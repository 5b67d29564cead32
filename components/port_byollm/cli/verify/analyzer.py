"""The policy pack that `handover.preview` has the engine run.

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

_CHECKS_NOTHING = "it checks nothing"
"""The reason for `not_applicable`, which keeps a policy from counting as a rule that holds."""

_SECRET, _EXTERNAL_ID = "port-byollm:index:Secret", "port-byollm:index:ExternalId"


def serve(program: str) -> None:
    """Serve the pack whose `__main__.py` is `program`. Never returns."""
    inputs: dict[str, frozenset[str]] = {}

    def note(args: ResourceValidationArgs, report: ReportViolation) -> None:
        inputs[args.urn] = frozenset(args.props)
        args.not_applicable(_CHECKS_NOTHING)

    def see(args: StackValidationArgs, report: ReportViolation) -> None:
        stack = Stack(args.resources, inputs)
        found = Planned(connection(stack), identities(stack))
        hand_over(Path(program).parent, found.to_json().encode())
        args.not_applicable(_CHECKS_NOTHING)

    policies = [
        ResourceValidationPolicy("inputs", "Notes what the program gives.", note),
        StackValidationPolicy("hand-over", "Hands over what `port-byollm` proves and compares.", see),
    ]
    PolicyPack("port-byollm-verify", policies, enforcement_level=EnforcementLevel.ADVISORY)


def connection(stack: Stack) -> PlannedConnection | None:
    """Return the Bedrock connection that the stack would have; None if it would have none."""
    registration = next((resource for resource in stack.resources if _is_bedrock(resource)), None)
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
    """Return each role and user of the stack, with its documents."""
    return [_planned(identity) for identity in stack.identities]


def _is_bedrock(resource: PolicyResource) -> bool:
    return resource.resource_type == LLM_PROVIDER and _value(resource.props, "provider") == "bedrock"


def _identity(registration: PolicyResource, config: Mapping[str, Any], stack: Stack) -> Identity | None:
    """Return the stack's role or user that a registration depends on, or whose ARN it names."""
    kind, named = (ROLE, config["roleArn"]) if "roleArn" in config else (USER, None)
    dependencies = {resource.urn for resource in _dependencies(registration, "config")}
    for identity in stack.identities:
        resource = identity.resource
        is_named = named and named.rpartition("/")[2] == _value(resource.props, "name")
        if resource.resource_type == kind and (is_named or resource.urn in dependencies):
            return identity
    return None


def _dependencies(resource: PolicyResource, name: str) -> Iterator[PolicyResource]:
    """Yield the resources that a property depends on, directly or indirectly."""
    waiting, seen = [*resource.property_dependencies.get(name, [])], set()
    while waiting:
        dependency = waiting.pop()
        if dependency.urn not in seen:
            seen.add(dependency.urn)
            yield dependency
            waiting += [each for direct in dependency.property_dependencies.values() for each in direct]


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
    """Return the resource's name in AWS, or if it is not known, its logical name."""
    return _value(resource.props, "name") or resource.name


def _external_ids(
    secret_name: str | None, resources: Sequence[PolicyResource]
) -> tuple[str | None, list[str | None]]:
    """Return the value that Port's secret of this name will hold, and the previous values.

    An imported secret has no value; assume the one that the program gives it, as `deployed.py` does.
    """
    secrets = (each for each in resources if each.resource_type == _SECRET)
    secret = next(
        (each for each in secrets if secret_name and _value(each.props, "secretName") == secret_name), None
    )
    if secret is None:
        return None, []
    value = _value(secret.props, "secretValue")
    sources = {each.urn for each in secret.property_dependencies.get("secretValue", [])}
    for external_id in (each for each in resources if each.resource_type == _EXTERNAL_ID):
        known = _value(external_id.props, "value")
        if (value and known == value) or (value is None and external_id.urn in sources):
            previous, unknown = listed_property(external_id.props, "previous")
            return known, previous + ([None] if unknown else [])
    return value, []


def _value(holder: Mapping[str, Any], name: str) -> Any:
    """Return a property; None if it is missing or not known yet."""
    try:
        return holder.get(name)
    except UnknownValueError:
        return None
