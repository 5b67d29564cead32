from collections.abc import Iterable

from pulumi_policy import ResourceValidationArgs, Severity

from port_byollm.catalogue import find_model
from port_byollm.iam.permissions import Permissions
from port_byollm_policies.models import named_models
from port_byollm_policies.registration import LLM_PROVIDER, enabled_models
from port_byollm_policies.rule import Rule, Settings
from port_byollm_policies.wording import some

rule = Rule(
    __name__,
    "All permitted and offered models are on the allow list.",
    severity=Severity.HIGH,
    remediation="Leave the model out, or add it to the list in the pack's configuration.",
    link="https://docs.port.io/ai-interfaces/port-ai/llm-providers-management/overview",
    settings={
        "models": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "Port's names of models, or Bedrock's ids; if empty, the rule checks nothing.",
        }
    },
    needs=["models"],
    key="models",
)


@rule.permissions
def permits_listed(permissions: Permissions, settings: Settings) -> Iterable[str]:
    yield from _unlisted(named_models(permissions), settings, "permits")


@rule.resources(LLM_PROVIDER)
def offers_listed(registration: ResourceValidationArgs, settings: Settings) -> Iterable[str]:
    yield from _unlisted(enabled_models(registration), settings, "models: offers")


def _unlisted(models: Iterable[str], settings: Settings, verb: str) -> Iterable[str]:
    allowed = {_canonical(name) for name in settings["models"]}
    unlisted = [name for name in models if _canonical(name) not in allowed]
    if unlisted:
        yield f"{verb} {some(unlisted)}, not on the allow list"


def _canonical(name: str) -> str:
    model = find_model(name)
    return model.name if model else name


policy = rule.policy
