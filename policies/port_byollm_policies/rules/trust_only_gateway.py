from collections.abc import Iterable

from pulumi_policy import Severity

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam import arns
from port_byollm.iam.admissions import STRANGER, Trust, everyone_in
from port_byollm_policies.rule import Rule, Settings

rule = Rule(
    __name__,
    "Only Port's LLM gateway may assume its role.",
    severity=Severity.CRITICAL,
    remediation="Name the gateway's roles as the only principals, each by its full ARN.",
    link="https://docs.port.io/ai-interfaces/port-ai/llm-providers-management/setup-and-configuration",
)


@rule.gateway_trust
def admits_gateway_alone(trust: Trust, settings: Settings) -> Iterable[str]:
    for other in trust.others:
        yield f"admits {other}"
    if STRANGER in trust.principals:
        yield "admits principals of any AWS account"
        return
    for principal in trust.principals:
        account = arns.parse(principal).account
        if principal == everyone_in(account):
            yield f"admits every principal that account {account} permits to assume it"
        elif principal not in GATEWAY_PRINCIPALS.values() and everyone_in(account) not in trust.principals:
            yield f"admits {principal}, which is not Port's gateway"
    if not trust.admits_gateway:
        yield "does not admit Port's gateway"


policy = rule.policy
