"""Bedrock connected to Port: all of it as one component."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypeVar, cast

import pulumi

from port_byollm.bedrock.gateway_role import GatewayRole, GatewayRoleArgs, default_role_name
from port_byollm.bedrock.invoke_policy import BedrockInvokePolicy, BedrockInvokePolicyArgs, region_of
from port_byollm.resources import ExternalId, LlmProvider, Secret

_Args = TypeVar("_Args")

_PROVIDER = "bedrock"
_EXTERNAL_ID_SECRET = "BEDROCK_ROLE_EXTERNAL_ID"  # noqa: S105 - the name that Port's setup page uses, not a value


class BedrockConnectionArgs(BedrockInvokePolicyArgs):
    """The models (as `BedrockInvokePolicyArgs`), who may use them, and how Port is told."""

    disabled_models: NotRequired[list[str]]
    """Models that the policy grants and Port must not offer; Port's names."""
    role_name: NotRequired[str]
    """Name of the role; `port-byollm-<stack>` when left out."""
    port_region: NotRequired[str]
    """Port's region whose gateway is admitted, `eu` or `us`; both when left out."""
    max_session_duration: NotRequired[int]
    """Longest session in seconds, 3600 to 43200; 3600 when left out."""
    permissions_boundary: NotRequired[pulumi.Input[str]]
    """ARN of the managed policy that bounds what the role may ever do."""
    external_id_rotation: NotRequired[str]
    """Any string; another one makes a new external ID, and the one before it stays accepted."""
    external_id_secret_name: NotRequired[str]
    """Name of the Port secret that holds the external ID; every second rotation appends `-2`."""
    validate_connection: NotRequired[bool]
    """Have Port test every enabled model before it saves the registration; `True` when left out."""
    validation_timeout: NotRequired[float]
    """Seconds for which a failing test is repeated (IAM takes some to know a new role); 60 when left out."""
    adopt: NotRequired[bool]
    """Take over a registration that is already there and differs."""


class BedrockConnection(pulumi.ComponentResource):
    """Policy, role, external-ID secret and registration of Bedrock in Port.

    Source: Port, "Setup & Configuration", steps 1 to 4, with authentication by assumed role.

    Raises:
        ConfigError: an argument that AWS or Port would refuse; it names the argument.
    """

    role_arn: pulumi.Output[str]
    """ARN of the role that Port's gateway assumes."""
    policy_arns: pulumi.Output[list[str]]
    """ARNs of the policies attached to it."""
    external_id_secret_name: pulumi.Output[str]
    """Name of the Port secret with the external ID in use."""
    provider: pulumi.Output[str]
    """Port's name of the provider, `bedrock`, once it is registered."""
    enabled: pulumi.Output[bool]
    """Whether Port offers the provider."""
    effective_models: pulumi.Output[Sequence[str]]
    """Names of the models that Port offers, sorted."""

    def __init__(
        self, name: str, args: BedrockConnectionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("port-byollm:index:BedrockConnection", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        role_name = args.get("role_name") or default_role_name()
        region = region_of(args)

        external_id = ExternalId(name, rotation=args.get("external_id_rotation", "1"), opts=child)
        secret = Secret(
            name,
            secret_name=external_id.slot.apply(
                lambda slot: _secret_name(args.get("external_id_secret_name", _EXTERNAL_ID_SECRET), slot)
            ),
            secret_value=external_id.value,
            description="External ID with which Port's LLM gateway assumes the Bedrock role",
            opts=child,
        )
        policy = BedrockInvokePolicy(
            name,
            _only(BedrockInvokePolicyArgs, args, region=region, policy_name=f"{role_name}-invoke"),
            child,
        )
        role = GatewayRole(
            name,
            _only(
                GatewayRoleArgs,
                args,
                role_name=role_name,
                policy_arns=[part.arn for part in policy.policies],
                external_ids=pulumi.Output.all(external_id.value, external_id.previous).apply(
                    lambda values: [value for value in values if value]
                ),
            ),
            child,
        )
        config: dict[str, pulumi.Input[str]] = {
            "roleArn": role.role_arn,
            "externalIdSecretName": secret.secret_name,
            "region": region,
        }
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
            validation_timeout=args.get("validation_timeout", 60),
            adopt=args.get("adopt"),
            # Port tests the connection while it is registered: everything it needs is there by then.
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[role, policy])),
        )
        self.role_arn = role.role_arn
        self.policy_arns = policy.policy_arns
        self.external_id_secret_name = secret.secret_name
        self.provider = registration.provider
        self.enabled = registration.enabled
        self.effective_models = registration.effective_models
        self.register_outputs(
            {
                "roleArn": self.role_arn,
                "policyArns": self.policy_arns,
                "externalIdSecretName": self.external_id_secret_name,
                "provider": self.provider,
                "enabled": self.enabled,
                "effectiveModels": self.effective_models,
            }
        )


def _secret_name(base: str, slot: int) -> str:
    return base if slot == 0 else f"{base}-{slot + 1}"


def _only(kind: type[_Args], args: Mapping[str, Any], **more: object) -> _Args:
    """Those of `args` that `kind` takes too, and `more`."""
    return cast(_Args, {key: value for key, value in args.items() if key in kind.__annotations__} | more)
