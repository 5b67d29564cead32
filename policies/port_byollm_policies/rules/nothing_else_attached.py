from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from pulumi_policy import PolicyResource, Severity
from pulumi_policy.proxy import UnknownValueError

from port_byollm.iam.evaluator import Undecidable
from port_byollm.iam.permissions import permissions
from port_byollm.iam.witnesses import TooMany
from port_byollm_policies.documents import ROLE
from port_byollm_policies.inference import MARKETPLACE, other_actions
from port_byollm_policies.rule import Rule, Settings, is_gateway_role, undecided
from port_byollm_policies.stack import Identity, Stack
from port_byollm_policies.wording import some

rule = Rule(
    __name__,
    "The gateway's role or user has no permissions besides inference.",
    severity=Severity.HIGH,
    remediation="Detach the named policy or group, or list the policy's ARN in the rule's configuration.",
    link="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    settings={
        **MARKETPLACE,
        "policies": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "ARNs of policies outside the stack that are accepted, with * for any characters.",
        },
    },
)

_GATEWAY_USER = "port-byollm:index:GatewayUser$"


@rule.stack
def has_nothing_else(stack: Stack, settings: Settings) -> Iterable[tuple[PolicyResource, str]]:
    unknown: list[UnknownValueError] = []
    for identity in stack.identities:
        try:
            if not _is_gateway(identity.resource):
                continue
        except UnknownValueError as error:
            unknown.append(error)
            continue
        unknown += identity.unknown
        yield from ((identity.resource, problem) for problem in _problems(identity, settings))
    if unknown:
        raise unknown[0]


def _is_gateway(identity: PolicyResource) -> bool:
    return is_gateway_role(identity) if identity.resource_type == ROLE else _GATEWAY_USER in identity.urn


def _problems(identity: Identity, settings: Settings) -> Iterator[str]:
    for arn in identity.elsewhere:
        if not any(fnmatchcase(arn, pattern) for pattern in settings["policies"]):
            yield f"has {arn}, whose permissions the stack does not define"
    for group in identity.groups:
        yield f"is in the group {group} and has its policies"
    for holder, document in identity.documents:
        try:
            others = other_actions(permissions(document.text), settings)
        except TooMany as error:
            yield f"has {holder.name} ({document.place}), which {undecided(error)}"
            continue
        except Undecidable:
            continue  # document-valid reports it
        if others:
            yield f"has {holder.name} ({document.place}), which permits more than inference: {some(others)}"


policy = rule.policy
