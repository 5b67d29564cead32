from pulumi_policy import Severity

from port_byollm.catalogue import Lifecycle, Model
from port_byollm_policies.lifecycle import WORDS, forbids
from port_byollm_policies.rule import Rule

rule = Rule(__name__, "No model is Legacy on Bedrock.", severity=Severity.LOW, **WORDS)


def fact(model: Model) -> str:
    return f"is Legacy since {model.legacy} and answers no newcomers"


forbids(rule, Lifecycle.LEGACY, fact)
policy = rule.policy
