"""Bedrock by an assumed role: the registration, the role and its policies, in the words of `byollm:bedrock`.

The component makes all of it, so it is adopted as a whole or not at all, and only where the program would
write the very documents that are in AWS.
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
    "Take byollm:dataResidency out, adopt, and set it again, with byollm:bedrock.scope: pinned: the update "
    "after that narrows what is there"
)


def role_arn(registered: "LlmProvider") -> str:
    """The role that Port assumes. Raises CannotAdopt where it is registered in a way that a stack cannot."""
    config = registered.config
    if "accessKeyIdSecretName" in config:
        raise CannotAdopt(
            "Port signs in with an access key, whose secret half nobody can read again; with byollm:bedrock "
            "set to auth: access-keys, adopt: true and secret names that are free, `pulumi up` makes a user "
            "with a key of its own, and registers that instead"
        )
    if more := sorted(config.keys() - _CONFIG):
        raise CannotAdopt(f"its config has {', '.join(more)}, which this version does not know")
    if not registered.enabled:
        raise CannotAdopt("it is disabled, and a stack's providers are enabled; enable it in Port first")
    for key in ("roleArn", "externalIdSecretName", "region"):
        if not config.get(key):
            raise CannotAdopt(
                f"its config has no {key}, which a stack always sets; register it with one (PUT) first"
            )
    return str(config["roleArn"])


def adopt(registered: "LlmProvider", role: Role, residency: str | None) -> Adoption:
    """`residency` is the geography that prompts must not leave, as far as that is configured.

    Raises:
        CannotAdopt: something about it is not what any configuration of the stack would make.
    """
    config = registered.config
    region = config["region"]
    _check_role(role)
    _check_trust(role, residency)
    # Where the policy leaves it open.
    geography = residency or geography_of_region(region)
    grant = _grant(role, config, geography)
    selection, allow_end_of_life = _selection(grant, registered.effective_models)
    disabled = [name for name in selection.offered if name not in registered.effective_models]
    if residency and grant.scope == "documented":
        raise CannotAdopt(
            f"the policies of {role.name} permit any region, and byollm:dataResidency is {residency}. "
            f"{_WITHOUT_RESIDENCY}"
        )
    policy_name = role.policies[0].name
    section: dict[str, Any] = {
        "geography": grant.geography,
        "models": grant.models,
        "scope": grant.scope,
        # That of an imported external ID.
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
            f"the role {role.name} belongs to the CloudFormation stack {owner}; take it out there first"
        )
    if role.inline_policies:
        raise CannotAdopt(
            f"the role {role.name} has inline policies ({', '.join(role.inline_policies)}), and a stack "
            "makes managed ones; turn them into managed policies first"
        )
    if not role.policies:
        raise CannotAdopt(f"no managed policy is attached to the role {role.name}")
    for policy in role.policies:
        if policy.path != "/" or policy.arn.split(":")[4] == "aws":
            raise CannotAdopt(
                f"a stack makes no such policy as {policy.arn}, attached to {role.name}; detach it first"
            )
        if policy.tags != role.tags:
            raise CannotAdopt(
                f"the policy {policy.name} has other tags than the role {role.name}, and a stack has one set "
                "of them (byollm:tags); tag both alike first"
            )
    attached = [policy.name for policy in role.policies]
    if attached != [numbered(attached[0], number) for number in range(len(attached))]:
        raise CannotAdopt(
            f"{', '.join(attached)} are attached to the role {role.name}; a stack attaches those that permit "
            "invoking the models, called NAME, NAME-2, …; detach what else there is first"
        )


def _check_trust(role: Role, residency: str | None) -> None:
    external_ids = external_ids_of(role.trust)
    if len(external_ids) != 1:
        raise CannotAdopt(
            f"the trust policy of {role.name} accepts {len(external_ids) or 'no'} external IDs; leave "
            "exactly the one that Port's secret holds"
        )
    trust, everywhere = _canonical(role.trust), list(GATEWAY_PRINCIPALS.values())
    within = GATEWAY_PRINCIPALS.get(residency or "")
    if trust == _canonical(gateway_trust([within] if within else everywhere, external_ids).to_dict()):
        return
    if trust == _canonical(gateway_trust(everywhere, external_ids).to_dict()):
        raise CannotAdopt(
            f"the role {role.name} admits Port's gateway outside of {residency}, which is "
            f"byollm:dataResidency. {_WITHOUT_RESIDENCY}"
        )
    raise CannotAdopt(
        f"the trust policy of {role.name} is not that of Port's setup page (step 1.2: Sid Statement1, "
        "both gateway roles, StringEquals on sts:ExternalId, nothing else); make it so first"
    )


@dataclass(frozen=True)
class _Grant:
    """What the policies permit, in the words of the configuration."""

    scope: str
    geography: str
    models: list[str] | Literal["all"]


def _grant(role: Role, config: Mapping[str, Any], geography: str | None) -> _Grant:
    """The configuration of which the role's policies are made."""
    named = _named(role, geography)
    if named is None:
        raise CannotAdopt(
            f"the policies of {role.name} name no inference profiles, or those of several geographies"
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
    """The geography and the models of the inference profiles that the policies name."""
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
    asked = models if isinstance(models, str) else ", ".join(models)
    with_guardrail = " with guardrails" if guardrail else ""
    return (
        f"the policies of {role.name} are neither those of Port's setup page (step 1.1) nor the pinned ones "
        f"for {geography} and {asked}{with_guardrail}; make them so first"
    )


def _selection(grant: _Grant, enabled: Sequence[str]) -> tuple[ModelSelection, bool]:
    """The models that the configuration would offer, and whether it takes `allowEndOfLife` to."""
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
        f"Port offers {', '.join(beyond)}, which the policies do not permit, so that requests for it fail; "
        "disable it in Port (PUT with overrides), or permit it"
    )


def _canonical(document: Any) -> Any:
    """A document as IAM reads it: one value and a list of it are the same, order says nothing."""

    if isinstance(document, Mapping):
        return {key: _canonical(value) for key, value in document.items()}
    if isinstance(document, list):
        if len(document) == 1:
            return _canonical(document[0])
        return sorted((_canonical(each) for each in document), key=repr)
    return document
