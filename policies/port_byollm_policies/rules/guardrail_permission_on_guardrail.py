from collections.abc import Iterable

from pulumi_policy import Severity

from port_byollm.iam.candidates import APPLY_GUARDRAIL
from port_byollm.iam.permissions import Permissions
from port_byollm_policies.rule import Rule, Settings

rule = Rule(
    __name__,
    "Where bedrock:ApplyGuardrail is permitted, it is on a guardrail and has an effect.",
    severity=Severity.MEDIUM,
    remediation="Permit bedrock:ApplyGuardrail in a statement of its own, on the guardrail's ARN; Port's "
    "setup page has it on the models' ARNs, which are no guardrails.",
    link="https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html",
    key="guardrail",
)


@rule.permissions
def has_effect(permissions: Permissions, settings: Settings) -> Iterable[str]:
    applied = [one.arn.resource for one in permissions.all if one.action == APPLY_GUARDRAIL]
    if applied and not any(resource.startswith("guardrail") for resource in applied):
        yield "permits bedrock:ApplyGuardrail on what is no guardrail, which has no effect"


policy = rule.policy
