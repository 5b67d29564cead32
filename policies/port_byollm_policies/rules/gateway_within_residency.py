from collections.abc import Iterable

from pulumi_policy import Severity

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam.admissions import Trust
from port_byollm_policies.residency import PORT_REGION, RESIDENCY, port_region
from port_byollm_policies.rule import Rule, Settings

rule = Rule(
    __name__,
    "A role admits only the gateway of the Port region within the declared residency.",
    severity=Severity.MEDIUM,
    remediation="Name only the gateway of your organization's region: with our components, `port_region`.",
    link="https://docs.port.io/ai-interfaces/port-ai/llm-providers-management/setup-and-configuration",
    settings={**RESIDENCY, **PORT_REGION},
    needs=["residency", "portRegion"],
    key="byollm:dataResidency",
)


@rule.gateway_trust
def admits_own_region(trust: Trust, settings: Settings) -> Iterable[str]:
    wanted = port_region(settings)
    for region, principal in GATEWAY_PRINCIPALS.items():
        if wanted and region != wanted and principal in trust.principals:
            yield f"admits {principal}, Port's gateway in {region}, but the residency requires {wanted}"


policy = rule.policy
