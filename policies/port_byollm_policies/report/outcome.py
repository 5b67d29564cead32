"""The outcome of the rules in a preview, from the engine's events.

The events are those of `pulumi preview --event-log` (`apitype.EngineEvent` of Pulumi's Go SDK, one JSON
object per line). The engine has removed secrets from them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from port_byollm_policies import all_rules
from port_byollm_policies.rule import Rule

# The SDK's message for a rule that reads a value which is unknown in the preview.
_UNKNOWN = "can't run policy '"
# The errors that the engine adds if mandatory rules fail.
_STOPPED = frozenset(("preview failed", "update failed"))


@dataclass(frozen=True)
class Finding:
    """A violation of a rule, or a rule that is undecided for a resource."""

    rule: str
    urn: str
    is_mandatory: bool
    is_unknown: bool
    """Whether the rule read a value that is unknown in the preview. If so, the finding is not mandatory."""
    text: str
    """One problem per line."""

    @property
    def resource(self) -> str:
        """The resource's type and name, as the engine prints them: `aws:iam/role:Role gateway`."""
        *_, kind, name = self.urn.split("::", 3)
        return f"{kind.rpartition('$')[2]} {name}"

    @property
    def name(self) -> str:
        return self.urn.split("::", 3)[-1]

    @property
    def is_in_our_components(self) -> bool:
        return "::port-byollm:" in self.urn


@dataclass
class Outcome:
    """The outcome of a preview."""

    stack: str
    findings: list[Finding] = field(default_factory=list)
    passed: set[str] = field(default_factory=set)
    """Rules that hold for every resource that they check."""
    not_applicable: dict[str, str] = field(default_factory=dict)
    """Rule -> why it checks nothing."""
    errors: list[str] = field(default_factory=list)
    """Why the preview failed, other than by the rules."""

    @property
    def broken(self) -> list[str]:
        """Mandatory rules that fail."""
        return sorted({finding.rule for finding in self.findings if finding.is_mandatory})

    @property
    def holds(self) -> bool:
        return not self.broken and not self.errors

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """This pack's rules by name. Another pack may have others."""
        return {rule.name: rule for rule in all_rules()}


def read(stack: str, events: Iterable[Mapping[str, Any]]) -> Outcome:
    """Return the outcome of the preview of `stack` that emitted `events`."""
    outcome = Outcome(stack)
    for event in events:
        if violation := event.get("policyEvent"):
            finding = _finding(violation, outcome.rules)
            # The engine repeats a finding if it plans a resource twice, as in a replacement.
            if finding not in outcome.findings:
                outcome.findings.append(finding)
        for name in ("policyAnalyzeSummaryEvent", "policyAnalyzeStackSummaryEvent"):
            summary = event.get(name) or {}
            outcome.passed.update(summary.get("passed") or ())
            for one in summary.get("notApplicable") or ():
                outcome.not_applicable[one["policyName"]] = one.get("reason", "")
        outcome.errors += _errors(event)
    outcome.passed -= {finding.rule for finding in outcome.findings}
    return outcome


def _finding(violation: Mapping[str, Any], rules: Mapping[str, Rule]) -> Finding:
    rule, message = violation["policyName"], violation["message"].strip()
    is_unknown = message.startswith(_UNKNOWN)
    if is_unknown:
        text = f"cannot be decided before an update: {message.partition(': ')[2]}"
    else:
        text = "\n".join(rules[rule].problems(message)) if rule in rules else message
    level = violation["enforcementLevel"]
    return Finding(rule, violation["resourceUrn"], level == "mandatory", is_unknown, text)


def _errors(event: Mapping[str, Any]) -> Iterator[str]:
    diagnostic = event.get("diagnosticEvent") or {}
    message = diagnostic.get("message", "").strip()
    if diagnostic.get("severity") == "error" and message not in _STOPPED:
        yield message
