from collections.abc import Iterable

from pulumi_policy import ResourceValidationArgs, Severity

from port_byollm_policies.registration import LLM_DEFAULTS
from port_byollm_policies.rule import Rule, Settings

rule = Rule(
    __name__,
    "The organization's default provider is one of its own, even after the stack is destroyed.",
    severity=Severity.HIGH,
    remediation="Name the provider that you connect; leave `onRemoval` at `restore`, or set it to `keep`.",
    link="https://docs.port.io/ai-interfaces/port-ai/llm-providers-management/overview",
    settings={
        "providers": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "Port's names of the accepted providers; if empty, any but `port`.",
        }
    },
    key="provider",
)

_PORT = "port"


@rule.resources(LLM_DEFAULTS)
def is_own(defaults: ResourceValidationArgs, settings: Settings) -> Iterable[str]:
    accepted = settings["providers"]
    if defaults.props.get("onRemoval") == "system-default":
        yield "onRemoval: is system-default, so a removal sends prompts to Port's managed models"
    provider = defaults.props.get("provider")
    if provider is None:
        yield "provider: missing, so the default provider set in Port remains"
    elif provider == _PORT or (accepted and provider not in accepted):
        yield f"provider: is {provider}, which is not accepted"


policy = rule.policy
