from collections.abc import Iterable

from pulumi_policy import Severity

from port_byollm.iam.candidates import APPLY_GUARDRAIL
from port_byollm.iam.permissions import Permissions
from port_byollm_policies.rule import Rule, Settings

rule = Rule(
    __name__,
    "Permission for bedrock:ApplyGuardrail names a guardrail, so that it has an effect.",
    severity=Severity.MEDIUM,
    remediation="Permit bedrock:ApplyGuardrail in its own statement, on the guardrail's ARN. Port's setup "
    "page has it on the models' ARNs, where it has no effect.",
    link="https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html",
    key="guardrail",
)


@rule.permissions
def has_effect(permissions: Permissions, settings: Settings) -> Iterable[str]:
    applied = [one.arn.resource for one in permissions.all if one.action == APPLY_GUARDRAIL]
    if applied and not any(resource.startswith("guardrail") for resource in applied):
        yield "permits bedrock:ApplyGuardrail only on resources other than guardrails, which has no effect"


policy = rule.policy
