"""The policy pack: rules about the IAM documents and registrations that connect models to Port.

Rules judge what a document permits, by the evaluator, not how it is written. See docs/policies.md.
"""

import importlib
import pkgutil

from pulumi_policy import Policy

from port_byollm_policies import rules
from port_byollm_policies.rule import Rule


def policies() -> list[Policy]:
    """Return the policy of each module of `rules`, sorted by name."""
    return [rule.policy for rule in all_rules()]


def all_rules() -> list[Rule]:
    """Return the rule of each module of `rules`, sorted by name."""
    modules = sorted(module.name for module in pkgutil.iter_modules(rules.__path__))
    return [importlib.import_module(f"{rules.__name__}.{name}").rule for name in modules]
