"""The common part of the rules about Bedrock's model lifecycle."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from pulumi_policy import ResourceValidationArgs

from port_byollm.catalogue import Lifecycle, Model, find_model
from port_byollm.iam.permissions import Permissions
from port_byollm_policies.models import named_models
from port_byollm_policies.registration import LLM_PROVIDER, enabled_models, is_bedrock
from port_byollm_policies.rule import Rule, Settings

WORDS: dict[str, Any] = {
    "remediation": "Use the model's successor; `port-byollm models refresh` updates the dates.",
    "link": "https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html",
    "key": "models",
}


def forbids(rule: Rule, lifecycle: Lifecycle, fact: Callable[[Model], str]) -> None:
    """Make `rule` report the permitted and offered models that are in this state today.

    `fact` describes a model's state, as in `<model>, which <fact>`.
    """

    def problems(verb: str, names: Iterable[str]) -> Iterator[str]:
        for model in filter(None, map(find_model, names)):
            if model.lifecycle(today()) is lifecycle:
                successor = f"use {model.successor}" if model.successor else "choose another model"
                yield f"{verb} {model.name}, which {fact(model)}; {successor}"

    @rule.permissions
    def permitted(permissions: Permissions, settings: Settings) -> Iterable[str]:
        return problems("permits", named_models(permissions))

    @rule.resources(LLM_PROVIDER)
    def offered(registration: ResourceValidationArgs, settings: Settings) -> Iterable[str]:
        return problems("models: offers", enabled_models(registration)) if is_bedrock(registration) else ()


def today() -> date:
    return date.today()
