"""The policy pack: rules about the IAM documents and registrations with which models are connected to Port.

A rule asks what a document permits, of the evaluator, and never how it is written. See docs/policies.md.
"""

import importlib
import pkgutil

from pulumi_policy import Policy

from port_byollm_policies import rules
from port_byollm_policies.rule import Rule


def policies() -> list[Policy]:
    """The policy of each module of `rules`, by name."""
    return [rule.policy for rule in all_rules()]


def all_rules() -> list[Rule]:
    """The rule of each module of `rules`, by name."""
    modules = sorted(module.name for module in pkgutil.iter_modules(rules.__path__))
    return [importlib.import_module(f"{rules.__name__}.{name}").rule for name in modules]
