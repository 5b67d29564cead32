from collections.abc import Iterable

from pulumi_policy import ResourceValidationArgs, Severity

from port_byollm_policies.registration import LLM_PROVIDER
from port_byollm_policies.rule import Rule, Settings

rule = Rule(
    __name__,
    "Port tests a connection before it saves it.",
    severity=Severity.MEDIUM,
    remediation="Leave `validateConnection` at true.",
    link="https://docs.port.io/ai-interfaces/port-ai/llm-providers-management/setup-and-configuration",
    key="validateConnection",
)


@rule.resources(LLM_PROVIDER)
def is_tested(registration: ResourceValidationArgs, settings: Settings) -> Iterable[str]:
    if registration.props.get("validateConnection") is False:
        yield "validateConnection: is false, so Port saves a connection even if it does not work"


policy = rule.policy
