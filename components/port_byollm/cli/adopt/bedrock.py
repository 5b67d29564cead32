"""Adopt Bedrock with an assumed role: the registration, the role and its policies, as `byollm:bedrock`.

One component creates all of these, so they are adopted as a whole, and only if the program would write
exactly the documents that are in AWS.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from port_byollm import defaults, names
from port_byollm.bedrock.model_selection import ModelSelection
from port_byollm.catalogue import GATEWAY_PRINCIPALS, geography_of_region, parse_model
from port_byollm.cli.adopt.finding import Adoption, CannotAdopt
from port_byollm.cli.adopt.imports import Import
from port_byollm.cli.adopt.role import Role
from port_byollm.errors import ConfigError
from port_byollm.iam import arns
from port_byollm.iam.documents import as_list
from port_byollm.iam.invoke_policy import Guardrail, documented, pinned
from port_byollm.iam.trust_policy import external_ids_of, gateway_trust
from port_byollm.numbered import numbered

if TYPE_CHECKING:
    from port_byollm.client.wire import LlmProvider

_NAME = "bedrock"
_CONFIG = frozenset({"roleArn", "externalIdSecretName", "region", "guardrailIdentifier", "guardrailVersion"})
_PROFILE = re.compile(
    r"arn:[^:]+:bedrock:[^:]*:[^:]*:inference-profile/(?:(?P<geography>[a-z]+)\.)?(?P<id>.+)"
)
_WITHOUT_RESIDENCY = (
    "Remove byollm:dataResidency, adopt, and set it again together with byollm:bedrock.scope: pinned; the "
    "next update narrows the documents"
)


def role_arn(registered: "LlmProvider") -> str:
    """Return the role that Port assumes. Raises CannotAdopt if no stack could register it like this."""
    config = registered.config
    if "accessKeyIdSecretName" in config:
        raise CannotAdopt(
            "Port signs in with an access key, whose secret half cannot be read; set byollm:bedrock to auth: "
            "access-keys, adopt: true and unused secret names, and `pulumi up` creates a user with its own "
            "key and registers that instead"
        )
    if more := sorted(config.keys() - _CONFIG):
        raise CannotAdopt(f"its config has {', '.join(more)}, which this version does not know")
    if not registered.enabled:
        raise CannotAdopt("it is disabled, but a stack's providers are enabled; enable it in Port first")
    for key in ("roleArn", "externalIdSecretName", "region"):
        if not config.get(key):
            raise CannotAdopt(
                f"its config has no {key}, which a stack always sets; register it with one (PUT) first"
            )
    return str(config["roleArn"])


def adopt(registered: "LlmProvider", role: Role, residency: str | None) -> Adoption:
    """Return the adoption of Bedrock. `residency` is the geography that prompts must not leave, if any.

    Raises:
        CannotAdopt: no configuration of the stack would create what exists.
    """
    config = registered.config
    region = config["region"]
    _check_role(role)
    _check_trust(role, residency)
    # Used where the policies leave it open.
    geography = residency or geography_of_region(region)
    grant = _grant(role, config, geography)
    selection, allow_end_of_life = _selection(grant, registered.effective_models)
    disabled = [name for name in selection.offered if name not in registered.effective_models]
    if residency and grant.scope == "documented":
        raise CannotAdopt(
            f"the policies of {role.name} permit any region, but byollm:dataResidency is {residency}. "
            f"{_WITHOUT_RESIDENCY}"
        )
    policy_name = role.policies[0].name
    section: dict[str, Any] = {
        "geography": grant.geography,
        "models": grant.models,
        "scope": grant.scope,
        # An imported external ID has this rotation.
        "externalId": {"rotation": defaults.ROTATION, "secretName": config["externalIdSecretName"]},
        "role": {"name": role.name},
    }
    if policy_name != names.invoke_policy(role.name):
        section["policyName"] = policy_name
    if disabled:
        section["disabledModels"] = disabled
    if allow_end_of_life:
        section["allowEndOfLife"] = True
    if guardrail := config.get("guardrailIdentifier"):
        version = config.get("guardrailVersion")
        section["guardrail"] = {"arn": guardrail} | ({"version": version} if version else {})
    if role.max_session_duration != defaults.SESSION_SECONDS:
        section["role"]["maxSessionDuration"] = role.max_session_duration
    if role.permissions_boundary:
        section["role"]["permissionsBoundary"] = role.permissions_boundary
    return Adoption(
        f"bedrock with the role {role.name}",
        {"aws:region": region, "byollm:bedrock": section, "byollm:tags": dict(role.tags)},
        _imports(role, config["externalIdSecretName"]),
    )


def _imports(role: Role, secret_name: str) -> list[Import]:
    connection = Import("port-byollm:index:BedrockConnection", _NAME)
    invoke = Import("port-byollm:index:BedrockInvokePolicy", _NAME, parent=connection)
    gateway = Import("port-byollm:index:GatewayRole", _NAME, parent=connection)
    return [
        connection,
        Import("port-byollm:index:ExternalId", _NAME, role.arn, connection),
        Import("port-byollm:index:Secret", _NAME, secret_name, connection),
        invoke,
        *(
            Import("aws:iam/policy:Policy", numbered(_NAME, number), policy.arn, invoke)
            for number, policy in enumerate(role.policies)
        ),
        gateway,
        Import("aws:iam/role:Role", _NAME, role.name, gateway, role.state()),
        *(
            Import(
                "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
                numbered(_NAME, number),
                f"{role.name}/{policy.arn}",
                gateway,
            )
            for number, policy in enumerate(role.policies)
        ),
        Import("port-byollm:index:LlmProvider", _NAME, _NAME, connection),
    ]


def _check_role(role: Role) -> None:
    if owner := role.tags.get("aws:cloudformation:stack-name"):
        raise CannotAdopt(
            f"the role {role.name} belongs to the CloudFormation stack {owner}; remove it there first"
        )
    if role.inline_policies:
        raise CannotAdopt(
            f"the role {role.name} has inline policies ({', '.join(role.inline_policies)}), but a stack "
            "creates managed ones; convert them to managed policies first"
        )
    if not role.policies:
        raise CannotAdopt(f"no managed policy is attached to the role {role.name}")
    for policy in role.policies:
        if policy.path != "/" or policy.arn.split(":")[4] == "aws":
            raise CannotAdopt(
                f"a stack creates no policy like {policy.arn}, attached to {role.name}; detach it first"
            )
        if policy.tags != role.tags:
            raise CannotAdopt(
                f"the policy {policy.name} has other tags than the role {role.name}, but a stack has one set "
                "of tags (byollm:tags); give both the same tags first"
            )
    attached = [policy.name for policy in role.policies]
    if attached != [numbered(attached[0], number) for number in range(len(attached))]:
        raise CannotAdopt(
            f"{', '.join(attached)} are attached to the role {role.name}; a stack attaches only policies "
            "that permit invoking the models, named NAME, NAME-2, …; detach the others first"
        )


def _check_trust(role: Role, residency: str | None) -> None:
    external_ids = external_ids_of(role.trust)
    if len(external_ids) != 1:
        raise CannotAdopt(
            f"the trust policy of {role.name} accepts {len(external_ids) or 'no'} external IDs; keep "
            "only the one that Port's secret holds"
        )
    trust, everywhere = _canonical(role.trust), list(GATEWAY_PRINCIPALS.values())
    within = GATEWAY_PRINCIPALS.get(residency or "")
    if trust == _canonical(gateway_trust([within] if within else everywhere, external_ids).to_dict()):
        return
    if trust == _canonical(gateway_trust(everywhere, external_ids).to_dict()):
        raise CannotAdopt(
            f"the role {role.name} admits Port's gateway outside {residency}, but byollm:dataResidency is "
            f"{residency}. {_WITHOUT_RESIDENCY}"
        )
    raise CannotAdopt(
        f"the trust policy of {role.name} is not that of Port's setup page (step 1.2: Sid Statement1, "
        "both gateway roles, StringEquals on sts:ExternalId, nothing else); change it to that first"
    )


@dataclass(frozen=True)
class _Grant:
    """What the policies permit, as configuration values."""

    scope: str
    geography: str
    models: list[str] | Literal["all"]


def _grant(role: Role, config: Mapping[str, Any], geography: str | None) -> _Grant:
    """Return the configuration that would create the role's policies."""
    named = _named(role, geography)
    if named is None:
        raise CannotAdopt(
            f"the policies of {role.name} name no inference profiles, or profiles of several geographies"
        )
    geography, models = named
    present = [_canonical(policy.document) for policy in role.policies]
    arn, version = config.get("guardrailIdentifier"), config.get("guardrailVersion")
    for scope in ("documented", "pinned"):
        try:
            if scope == "documented":
                made = documented(models, geography, guardrail=bool(arn))
            else:
                account = arns.parse(role.arn).account
                guardrail = Guardrail(arn, version) if arn else None
                made = pinned(models, geography, config["region"], account, guardrail)
        except ConfigError:
            continue
        if [_canonical(document.to_dict()) for document in made] == present:
            return _Grant(scope, geography, models)
    raise CannotAdopt(_difference(role, models, geography, bool(arn)))


def _named(role: Role, geography: str | None) -> tuple[str, list[str] | Literal["all"]] | None:
    """Return geography and models of the inference profiles that the policies name; None if ambiguous."""
    found: dict[tuple[str | None, str], None] = {}
    for policy in role.policies:
        for statement in as_list(policy.document.get("Statement")):
            for resource in as_list(statement.get("Resource")):
                if match := _PROFILE.fullmatch(resource):
                    found[match["geography"], match["id"]] = None
    geographies = {each or geography for each, _ in found}
    if len(geographies) != 1 or None in geographies:
        return None
    if any(model == "*" for _, model in found):
        return str(geographies.pop()), "all"
    try:
        return str(geographies.pop()), [parse_model(model).name for _, model in found]
    except ConfigError:
        return None


def _difference(role: Role, models: Sequence[str], geography: str, guardrail: bool) -> str:
    wanted = models if isinstance(models, str) else ", ".join(models)
    with_guardrail = " with guardrails" if guardrail else ""
    return (
        f"the policies of {role.name} are neither those of Port's setup page (step 1.1) nor the pinned ones "
        f"for {geography} and {wanted}{with_guardrail}; change them to either first"
    )


def _selection(grant: _Grant, enabled: Sequence[str]) -> tuple[ModelSelection, bool]:
    """Return the models that the configuration would offer, and whether that needs `allowEndOfLife`."""
    named = None if grant.models == "all" else grant.models
    for allow_end_of_life in (False, True):
        try:
            selection = ModelSelection.of(
                models=named,
                all_models=named is None,
                geography=grant.geography,
                allow_end_of_life=allow_end_of_life,
            )
        except ConfigError:
            continue  # a model is past its end of life
        if set(enabled) <= set(selection.offered):
            return selection, allow_end_of_life
    beyond = sorted(set(enabled) - set(selection.offered))
    raise CannotAdopt(
        f"Port offers {', '.join(beyond)}, which the policies do not permit, so requests for it fail; "
        "disable it in Port (PUT with overrides), or permit it"
    )


def _canonical(document: Any) -> Any:
    """Normalize a document as IAM reads it: a single value equals a list of it, and order is irrelevant."""
    if isinstance(document, Mapping):
        return {key: _canonical(value) for key, value in document.items()}
    if isinstance(document, list):
        if len(document) == 1:
            return _canonical(document[0])
        return sorted((_canonical(each) for each in document), key=repr)
    return document
