from collections.abc import Iterable

from pulumi_policy import Severity

from port_byollm.iam.permissions import Permissions
from port_byollm_policies.inference import MARKETPLACE, other_actions
from port_byollm_policies.rule import Rule, Settings
from port_byollm_policies.wording import some

rule = Rule(
    __name__,
    "An identity policy that permits invoking models permits nothing but inference.",
    severity=Severity.HIGH,
    remediation="Permit bedrock:InvokeModel, bedrock:InvokeModelWithResponseStream and "
    "bedrock:ApplyGuardrail, each by its name; give other permissions to other identities.",
    link="https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html",
    settings=MARKETPLACE,
    key="scope",
)


@rule.permissions
def permits_inference(permissions: Permissions, settings: Settings) -> Iterable[str]:
    others = other_actions(permissions, settings)
    if permissions.invocations and others:
        yield f"permits more than inference: {some(others)}"


policy = rule.policy
