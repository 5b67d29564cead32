from pulumi_policy import Severity

from port_byollm.catalogue import Lifecycle, Model
from port_byollm_policies.lifecycle import WORDS, forbids
from port_byollm_policies.rule import Rule

rule = Rule(__name__, "No model is past its end of life on Bedrock.", severity=Severity.HIGH, **WORDS)


def fact(model: Model) -> str:
    return f"reached its end of life on {model.end_of_life} and no longer answers"


forbids(rule, Lifecycle.END_OF_LIFE, fact)
policy = rule.policy
