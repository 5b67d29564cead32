from pulumi_policy import Severity

from port_byollm.catalogue import Lifecycle, Model
from port_byollm_policies.lifecycle import WORDS, forbids
from port_byollm_policies.rule import Rule

rule = Rule(__name__, "No model is Legacy on Bedrock.", severity=Severity.LOW, **WORDS)


def fact(model: Model) -> str:
    return f"has been Legacy since {model.legacy} and is closed to new users"


forbids(rule, Lifecycle.LEGACY, fact)
policy = rule.policy
