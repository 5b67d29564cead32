from collections.abc import Iterable, Iterator

from pulumi_policy import ResourceValidationArgs, Severity

from port_byollm.catalogue import Lifecycle
from port_byollm_policies.models import named_models, of_lifecycle, successor
from port_byollm_policies.permissions import Permissions
from port_byollm_policies.registration import LLM_PROVIDER, enabled_models, is_bedrock
from port_byollm_policies.rule import Rule, Settings

rule = Rule(
    __name__,
    "No model is past its end of life on Bedrock.",
    severity=Severity.HIGH,
    remediation="Use the model's successor; `port-byollm models refresh` asks your account for the dates.",
    link="https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html",
)


@rule.permissions
def permitted(permissions: Permissions, settings: Settings) -> Iterable[str]:
    yield from _problems("permits", named_models(permissions))


@rule.resources(LLM_PROVIDER)
def offered(registration: ResourceValidationArgs, settings: Settings) -> Iterable[str]:
    if is_bedrock(registration):
        yield from _problems("models: offers", enabled_models(registration))


def _problems(verb: str, names: Iterable[str]) -> Iterator[str]:
    for model in of_lifecycle(Lifecycle.END_OF_LIFE, names):
        yield (
            f"{verb} {model.name}, which is past its end of life ({model.end_of_life}) and answers nobody; "
            f"{successor(model)}"
        )


policy = rule.policy
