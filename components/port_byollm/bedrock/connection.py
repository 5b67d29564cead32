"""Bedrock connected to Port: all of it as one component."""

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
    """It assumes a role, with an external ID: nothing that lasts is stored at Port."""
    ACCESS_KEYS = "access-keys"
    """It uses the access key of an IAM user."""


class BedrockConnectionArgs(BedrockInvokePolicyArgs):
    """The models (as `BedrockInvokePolicyArgs`), who may use them, and how Port is told."""

    auth: NotRequired[Auth]
    """How Port's gateway signs in to AWS; `Auth.ROLE` when left out. What is of the other way is ignored."""
    disabled_models: NotRequired[list[str]]
    """Models that the policy grants and Port must not offer; Port's names."""
    permissions_boundary: NotRequired[pulumi.Input[str]]
    """ARN of the managed policy that bounds what the role or user may ever do."""
    additional_policy_arns: NotRequired[list[pulumi.Input[str]]]
    """ARNs of managed policies that the role or user gets beside those of the models."""
    role_name: NotRequired[str]
    """Name of the role; `port-byollm-<stack>` when left out."""
    port_region: NotRequired[str]
    """Port's region whose gateway may assume the role, `eu` or `us`; both when left out."""
    max_session_duration: NotRequired[int]
    """Longest session of the role in seconds, 3600 to 43200; 3600 when left out."""
    external_id_rotation: NotRequired[str]
    """Any string; another one makes a new external ID, and those before it stay accepted."""
    external_id_secret_name: NotRequired[str]
    """Name of the Port secret that holds the external ID; rotations append `-2`, `-3`, …."""
    external_id_keep_previous: NotRequired[bool]
    """Accept the external IDs from before too; `True` when left out. `False` is refused until Port uses the
    present one."""
    external_id_previous_until: NotRequired[str]
    """Last day (`2026-12-31`) to accept it: a preview or update after that day warns while it still is."""
    user_name: NotRequired[str]
    """Name of the user; `port-byollm-<stack>` when left out."""
    access_key_rotation: NotRequired[str]
    """1 to 40 letters, digits, `-` or `_`; another one makes a new access key under new secret names."""
    access_key_id_secret_name: NotRequired[str]
    """Name of the Port secret with the access key's id; rotations but `1` append themselves."""
    secret_access_key_secret_name: NotRequired[str]
    """Name of the Port secret with the secret access key; rotations but `1` append themselves."""
    validate_connection: NotRequired[bool]
    """Have Port test every enabled model before it saves the registration; `True` when left out."""
    validation_timeout: NotRequired[float]
    """Seconds for which a test that fails after a change is repeated (IAM takes some to know a new role or
    key); 60 when left out."""
    adopt: NotRequired[bool]
    """Take over a registration that is already there and differs."""


@dataclass(frozen=True)
class _SignIn:
    """One way for Port's gateway to sign in to AWS."""

    config: Mapping[str, pulumi.Input[str]]
    """What the registration says about it."""
    triggers: Mapping[str, pulumi.Input[str]]
    """What it rests on beside that."""
    identity: GatewayRole | GatewayUser
    """Who the gateway is then."""


class BedrockConnection(pulumi.ComponentResource):
    """Policy, role or user, secrets and registration of Bedrock in Port.

    Another `auth` or rotation never leaves Port without a registration that works: what is new is made first,
    one validated request to Port changes over to it, and what was there before goes at the end of the update.

    Source: Port, "Setup & Configuration", steps 1 to 4.

    Raises:
        ConfigError: an argument that AWS or Port would refuse; it names the argument.
    """

    policy_arns: pulumi.Output[list[str]]
    """ARNs of the policies that permit invoking the models."""
    role_arn: pulumi.Output[str | None]
    """ARN of the role that Port's gateway assumes."""
    external_id_secret_name: pulumi.Output[str | None]
    """Name of the Port secret with the external ID in use."""
    user_arn: pulumi.Output[str | None]
    """ARN of the user whose access key Port's gateway uses."""
    access_key_id_secret_name: pulumi.Output[str | None]
    """Name of the Port secret with the id of that access key."""
    secret_access_key_secret_name: pulumi.Output[str | None]
    """Name of the Port secret with the secret access key."""
    provider: pulumi.Output[str]
    """Port's name of the provider, `bedrock`, once it is registered."""
    enabled: pulumi.Output[bool]
    """Whether Port offers the provider."""
    effective_models: pulumi.Output[Sequence[str]]
    """Names of the models that Port offers, sorted."""
    access: pulumi.Output[AccessFacts]
    """Who may do what by the connection's documents, for whoever reviews a preview; no secret is in it."""

    @explained
    def __init__(
        self, name: str, args: BedrockConnectionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("port-byollm:index:BedrockConnection", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        region = region_of(args)
        role_name = args.get("role_name") or names.identity(pulumi.get_stack())

        # The same policy whichever way: who is new has it before who was there loses it.
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
            # Port tests the connection while it is registered: everything it needs is there by then.
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
            # A name of its own for each value: the one before may still be what Port uses.
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
                    f"{spell('external_id_previous_until')}: {until} is over, and what was the external ID "
                    f"before is still accepted; set {spell('external_id_keep_previous')} to false to drop it",
                    resource=self,
                )

        if date.today() > until:
            external_id.previous.apply(warn)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            "external_id_previous_until", f"{text!r} is no date", "write it as 2026-12-31"
        ) from None


def _only(kind: type[_Args], args: Mapping[str, Any], **more: object) -> _Args:
    """Those of `args` that `kind` takes too, and `more`."""
    return cast(_Args, {key: value for key, value in args.items() if key in kind.__annotations__} | more)
