from collections.abc import Iterable
from fnmatch import fnmatchcase

from pulumi_policy import ResourceValidationArgs, Severity

from port_byollm_policies.documents import USER
from port_byollm_policies.rule import Rule, Settings

rule = Rule(
    __name__,
    "The gateway's role or user has a permissions boundary.",
    severity=Severity.MEDIUM,
    remediation="Set `permissionsBoundary` to the ARN of the managed policy that limits its permissions.",
    link="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
    settings={
        "boundaries": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "ARNs of the accepted boundaries, with * for any characters; if empty, any.",
        }
    },
    key="role.permissionsBoundary",
)

_GATEWAY_USER = "port-byollm:index:GatewayUser$"


@rule.gateway_roles
def role_is_bounded(role: ResourceValidationArgs, settings: Settings) -> Iterable[str]:
    boundary = role.props.get("permissionsBoundary")
    if not boundary:
        yield "permissionsBoundary: missing"
    elif not any(fnmatchcase(boundary, pattern) for pattern in settings["boundaries"] or ["*"]):
        yield f"permissionsBoundary: is {boundary}, which `boundaries` does not list"


@rule.resources(USER)
def user_is_bounded(user: ResourceValidationArgs, settings: Settings) -> Iterable[str]:
    if _GATEWAY_USER in user.urn:
        yield from role_is_bounded(user, settings)


policy = rule.policy
