"""Connect Bedrock to Port, with one component."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import partial
from typing import Any, NotRequired, TypeVar, cast

import pulumi

from port_byollm import defaults, names
from port_byollm.bedrock.access import AccessFacts, access
from port_byollm.bedrock.fingerprint import fingerprint
from port_byollm.bedrock.gateway_role import GatewayRole, GatewayRoleArgs
from port_byollm.bedrock.gateway_user import GatewayUser, GatewayUserArgs
from port_byollm.bedrock.invoke_policy import BedrockInvokePolicy, BedrockInvokePolicyArgs, region_of
from port_byollm.errors import ConfigError, spell
from port_byollm.numbered import numbered
from port_byollm.options import keeps_description
from port_byollm.outputs import explained, of_made
from port_byollm.resources import ExternalId, LlmProvider, Secret

_Args = TypeVar("_Args")

_PROVIDER = "bedrock"
_EXTERNAL_ID_SECRET = "BEDROCK_ROLE_EXTERNAL_ID"  # noqa: S105 - the name that Port's setup page uses, not a value


class Auth(Enum):
    """How Port's gateway signs in to AWS."""

    ROLE = "role"
    """It assumes a role with an external ID. Port stores no long-lived AWS credentials."""
    ACCESS_KEYS = "access-keys"
    """It uses the access key of an IAM user."""


class BedrockConnectionArgs(BedrockInvokePolicyArgs):
    """The models (as in `BedrockInvokePolicyArgs`), the gateway's identity, and the registration in Port."""

    auth: NotRequired[Auth]
    """How Port's gateway signs in to AWS (default: `Auth.ROLE`). Arguments of the other way are ignored."""
    disabled_models: NotRequired[list[str]]
    """Port's names of models that the policy grants but Port must not offer."""
    permissions_boundary: NotRequired[pulumi.Input[str]]
    """ARN of the managed policy that is the permissions boundary of the role or user."""
    additional_policy_arns: NotRequired[list[pulumi.Input[str]]]
    """ARNs of further managed policies to attach to the role or user."""
    role_name: NotRequired[str]
    """Name of the role (default: `port-byollm-<stack>`)."""
    port_region: NotRequired[str]
    """Port's region whose gateway may assume the role: `eu` or `us` (default: both)."""
    max_session_duration: NotRequired[int]
    """Maximum session duration of the role in seconds, 3600 to 43200 (default: 3600)."""
    external_id_rotation: NotRequired[str]
    """Any string. Changing it generates a new external ID; earlier ones stay accepted."""
    external_id_secret_name: NotRequired[str]
    """Name of the Port secret with the external ID; rotations append `-2`, `-3`, …."""
    external_id_keep_previous: NotRequired[bool]
    """Also accept earlier external IDs (default: `True`). `False` is refused until Port uses the current
    one."""
    external_id_previous_until: NotRequired[str]
    """Last day (`2026-12-31`) to accept earlier external IDs. Later previews and updates warn if they still
    are accepted."""
    user_name: NotRequired[str]
    """Name of the user (default: `port-byollm-<stack>`)."""
    access_key_rotation: NotRequired[str]
    """1 to 40 letters, digits, `-` or `_`. Changing it creates a new access key under new secret names."""
    access_key_id_secret_name: NotRequired[str]
    """Name of the Port secret with the access key ID; rotations other than `1` are appended."""
    secret_access_key_secret_name: NotRequired[str]
    """Name of the Port secret with the secret access key; rotations other than `1` are appended."""
    validate_connection: NotRequired[bool]
    """Have Port test every enabled model before it saves the registration (default: `True`)."""
    validation_timeout: NotRequired[float]
    """Seconds for which a test that fails after a change is retried (default: 60). A new role or key takes
    some seconds to work."""
    adopt: NotRequired[bool]
    """Take over an existing registration that differs."""


@dataclass(frozen=True)
class _SignIn:
    """One way for Port's gateway to sign in to AWS."""

    config: Mapping[str, pulumi.Input[str]]
    """The registration's fields for it."""
    triggers: Mapping[str, pulumi.Input[str]]
    """Further values that it depends on."""
    identity: GatewayRole | GatewayUser
    """The gateway's identity in AWS."""


class BedrockConnection(pulumi.ComponentResource):
    """Policy, role or user, secrets and registration of Bedrock in Port.

    Changing `auth` or a rotation never leaves Port without a working registration: the update creates the new
    credentials first, switches the registration with one validated request, and removes the old credentials
    at the end.

    Source: Port, "Setup & Configuration", steps 1 to 4.

    Raises:
        ConfigError: AWS or Port would refuse an argument; the error names it.
    """

    policy_arns: pulumi.Output[list[str]]
    """ARNs of the policies that permit invoking the models."""
    role_arn: pulumi.Output[str | None]
    """ARN of the role that Port's gateway assumes."""
    external_id_secret_name: pulumi.Output[str | None]
    """Name of the Port secret with the current external ID."""
    user_arn: pulumi.Output[str | None]
    """ARN of the user whose access key Port's gateway uses."""
    access_key_id_secret_name: pulumi.Output[str | None]
    """Name of the Port secret with the access key ID."""
    secret_access_key_secret_name: pulumi.Output[str | None]
    """Name of the Port secret with the secret access key."""
    provider: pulumi.Output[str]
    """Port's name of the provider, `bedrock`, available once it is registered."""
    enabled: pulumi.Output[bool]
    """Whether Port offers the provider."""
    effective_models: pulumi.Output[Sequence[str]]
    """Names of the models that Port offers, sorted."""
    access: pulumi.Output[AccessFacts]
    """Who may do what according to the connection's policies, for reviewing a preview. It has no secrets."""

    @explained
    def __init__(
        self, name: str, args: BedrockConnectionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("port-byollm:index:BedrockConnection", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        region = region_of(args)
        role_name = args.get("role_name") or names.identity(pulumi.get_stack())

        # The same policy for both ways: a new identity has it before the old one loses it.
        policy = BedrockInvokePolicy(
            name,
            _only(
                BedrockInvokePolicyArgs,
                args,
                region=region,
                policy_name=args.get("policy_name") or names.invoke_policy(role_name),
            ),
            child,
        )
        policy_arns = [*(part.arn for part in policy.policies), *args.get("additional_policy_arns", [])]
        nothing: pulumi.Output[str | None] = pulumi.Output.from_input(None)
        self.role_arn = self.external_id_secret_name = nothing
        self.user_arn = self.access_key_id_secret_name = self.secret_access_key_secret_name = nothing
        if args.get("auth", Auth(defaults.AUTH)) is Auth.ROLE:
            sign_in = self._by_role(name, args, policy_arns)
        else:
            sign_in = self._by_access_keys(name, args, policy_arns)
        config = {**sign_in.config, "region": region}
        if "guardrail_arn" in args:
            config["guardrailIdentifier"] = args["guardrail_arn"]
        if "guardrail_version" in args:
            config["guardrailVersion"] = args["guardrail_version"]
        registration = LlmProvider(
            name,
            provider=_PROVIDER,
            config=config,
            models=policy.selection.registration(args.get("disabled_models", [])),
            validate_connection=args.get("validate_connection", True),
            validation_timeout=args.get("validation_timeout", defaults.VALIDATION_SECONDS),
            triggers={**sign_in.triggers, "policies": fingerprint(*policy.documents)},
            adopt=args.get("adopt"),
            # Port tests the connection when it registers it, so everything it needs must exist by then.
            opts=pulumi.ResourceOptions.merge(
                child, pulumi.ResourceOptions(depends_on=[sign_in.identity, policy])
            ),
        )
        self.policy_arns = policy.policy_arns
        trust_policy = sign_in.identity.trust_policy if isinstance(sign_in.identity, GatewayRole) else None
        self.access = access(policy.documents, trust_policy)
        self.provider = registration.provider
        self.enabled = registration.enabled
        self.effective_models = registration.effective_models
        self.register_outputs(
            {
                "policyArns": self.policy_arns,
                "roleArn": self.role_arn,
                "externalIdSecretName": self.external_id_secret_name,
                "userArn": self.user_arn,
                "accessKeyIdSecretName": self.access_key_id_secret_name,
                "secretAccessKeySecretName": self.secret_access_key_secret_name,
                "provider": self.provider,
                "enabled": self.enabled,
                "effectiveModels": self.effective_models,
                "access": self.access,
            }
        )

    def _by_role(
        self, name: str, args: BedrockConnectionArgs, policy_arns: Sequence[pulumi.Input[str]]
    ) -> _SignIn:
        child = pulumi.ResourceOptions(parent=self)
        base = args.get("external_id_secret_name", _EXTERNAL_ID_SECRET)
        external_id = ExternalId(
            name,
            rotation=args.get("external_id_rotation", defaults.ROTATION),
            keep_previous=args.get("external_id_keep_previous"),
            secret_name=base,
            opts=child,
        )
        if "external_id_previous_until" in args:
            self._warn_of_previous(external_id, _date(args["external_id_previous_until"]))
        secret = Secret(
            name,
            # Each value has a name of its own, because Port may still use the earlier one.
            secret_name=external_id.generation.apply(of_made(partial(numbered, base))),
            secret_value=external_id.value,
            description="External ID with which Port's LLM gateway assumes the Bedrock role",
            opts=keeps_description(self),
        )
        role = GatewayRole(
            name,
            _only(
                GatewayRoleArgs,
                args,
                policy_arns=policy_arns,
                external_ids=pulumi.Output.all(external_id.value, external_id.previous).apply(
                    of_made(lambda known: [known[0], *known[1]])
                ),
            ),
            child,
        )
        self.role_arn, self.external_id_secret_name = role.role_arn, secret.secret_name
        return _SignIn(
            {"roleArn": role.role_arn, "externalIdSecretName": secret.secret_name},
            {**role.triggers, "externalId": secret.updated_at},
            role,
        )

    def _by_access_keys(
        self, name: str, args: BedrockConnectionArgs, policy_arns: Sequence[pulumi.Input[str]]
    ) -> _SignIn:
        user = GatewayUser(
            name,
            _only(GatewayUserArgs, args, policy_arns=policy_arns),
            pulumi.ResourceOptions(parent=self),
        )
        self.user_arn = user.user_arn
        self.access_key_id_secret_name = user.access_key_id_secret_name
        self.secret_access_key_secret_name = user.secret_access_key_secret_name
        return _SignIn(
            {
                "accessKeyIdSecretName": user.access_key_id_secret_name,
                "secretAccessKeySecretName": user.secret_access_key_secret_name,
            },
            user.triggers,
            user,
        )

    def _warn_of_previous(self, external_id: ExternalId, until: date) -> None:
        def warn(previous: Sequence[str]) -> None:
            if previous:
                pulumi.log.warn(
                    f"{spell('external_id_previous_until')}: {until} is over, but earlier external IDs "
                    f"are still accepted; set {spell('external_id_keep_previous')} to false to remove them",
                    resource=self,
                )

        if date.today() > until:
            external_id.previous.apply(warn)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            "external_id_previous_until", f"{text!r} is not a date", "write it as 2026-12-31"
        ) from None


def _only(kind: type[_Args], args: Mapping[str, Any], **more: object) -> _Args:
    """Return the items of `args` that are also fields of `kind`, and `more`."""
    return cast(_Args, {key: value for key, value in args.items() if key in kind.__annotations__} | more)
