"""The IAM role that Port's LLM gateway assumes."""

from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from port_byollm import defaults, names
from port_byollm.bedrock.fingerprint import fingerprint
from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.errors import ConfigError
from port_byollm.iam.trust_policy import gateway_trust
from port_byollm.numbered import numbered
from port_byollm.options import keeps_description
from port_byollm.outputs import explained, of_made

_SESSION_SECONDS = range(3600, 43200 + 1)


class GatewayRoleArgs(TypedDict):
    """Who may assume the role, under which conditions, and the policies attached to it."""

    role_name: NotRequired[str]
    """Name of the role (default: `port-byollm-<stack>`), without an IAM path, which Port refuses."""
    port_region: NotRequired[str]
    """Port's region whose gateway is trusted: `eu` or `us` (default: both, as on Port's setup page)."""
    external_ids: NotRequired[pulumi.Input[list[pulumi.Input[str]]]]
    """Accepted values of `sts:ExternalId` (default: no condition)."""
    policy_arns: NotRequired[list[pulumi.Input[str]]]
    """ARNs of managed policies to attach to the role."""
    max_session_duration: NotRequired[int]
    """Maximum session duration in seconds, 3600 to 43200 (default: 3600)."""
    permissions_boundary: NotRequired[pulumi.Input[str]]
    """ARN of the managed policy that is the role's permissions boundary."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Tags of the role."""


class GatewayRole(pulumi.ComponentResource):
    """A role that only Port's LLM gateway may assume.

    Source: Port, "Setup & Configuration", step 1.2, option A "Using assume role".

    Raises:
        ConfigError: AWS or Port would refuse the role name, Port region or session duration.
    """

    role_arn: pulumi.Output[str]
    """ARN of the role, available once its policies are attached."""
    role_name: pulumi.Output[str]
    """Name of the role."""
    trust_policy: pulumi.Output[str]
    """Its trust policy; secret if it has external IDs."""

    @explained
    def __init__(self, name: str, args: GatewayRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("port-byollm:index:GatewayRole", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        principals = gateway_principals(args.get("port_region"))

        # Also resolves the values inside the list.
        external_ids: pulumi.Output[list[str]] = pulumi.Output.from_input(args.get("external_ids") or [])  # type: ignore[arg-type]  # the SDK's type leaves them unresolved

        @of_made
        @explained
        def document(accepted: list[str]) -> str:
            return gateway_trust(principals, accepted).to_json()

        trust = external_ids.apply(document)
        role = aws.iam.Role(
            name,
            name=names.check_identity(
                args.get("role_name") or names.identity(pulumi.get_stack()), "role_name"
            ),
            description="Assumed by Port's LLM gateway to invoke Bedrock models",
            assume_role_policy=trust,
            max_session_duration=_session_duration(
                args.get("max_session_duration", defaults.SESSION_SECONDS)
            ),
            permissions_boundary=args.get("permissions_boundary"),
            tags=args.get("tags"),
            opts=keeps_description(self),
        )
        attachments = [
            aws.iam.RolePolicyAttachment(
                numbered(name, number), role=role.name, policy_arn=policy_arn, opts=child
            )
            for number, policy_arn in enumerate(args.get("policy_arns", []))
        ]
        # The ARN waits for the attachments, so that its users can rely on the permissions.
        attached = pulumi.Output.all(*(attachment.id for attachment in attachments))
        self.role_arn = pulumi.Output.all(role.arn, attached).apply(of_made(lambda known: str(known[0])))
        self.role_name = role.name
        self.trust_policy = trust
        # What a registration depends on besides the ARN.
        self.triggers = {"role": role.unique_id, "trust": fingerprint(trust)}
        self.register_outputs({"roleArn": self.role_arn, "roleName": self.role_name})


def gateway_principals(port_region: str | None) -> list[str]:
    """Return the ARNs of Port's gateway roles in one of Port's regions, or (`None`) in all."""
    if port_region is None:
        return list(GATEWAY_PRINCIPALS.values())
    if port_region not in GATEWAY_PRINCIPALS:
        raise ConfigError(
            "port_region",
            f"{port_region!r} is not one of Port's regions",
            f"use one of {', '.join(GATEWAY_PRINCIPALS)}",
        )
    return [GATEWAY_PRINCIPALS[port_region]]


def _session_duration(given: float | None) -> int:
    seconds = defaults.SESSION_SECONDS if given is None else given
    if seconds not in _SESSION_SECONDS:
        raise ConfigError(
            "max_session_duration",
            f"{seconds:g} seconds is out of range",
            "use whole seconds from 3600 to 43200",
        )
    return int(seconds)
