"""What came of the rules in a preview, as the engine's events tell it.

The events are those of `pulumi preview --event-log` (`apitype.EngineEvent` of Pulumi's Go SDK, one object of
JSON a line); the engine has taken secrets out of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from port_byollm_policies import all_rules
from port_byollm_policies.rule import Rule

# The SDK's words about a rule that asked for a value which the preview does not know.
_UNKNOWN = "can't run policy '"
# What the engine adds when mandatory rules do not hold.
_STOPPED = frozenset(("preview failed", "update failed"))


@dataclass(frozen=True)
class Finding:
    """A violation of a rule, or a rule that could not be decided about a resource."""

    rule: str
    urn: str
    is_mandatory: bool
    is_unknown: bool
    """Whether the rule asked for what is known only after the preview; then it is not mandatory either."""
    text: str
    """A problem a line."""

    @property
    def resource(self) -> str:
        """Its type and name, as the engine prints them: `aws:iam/role:Role gateway`."""
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
    """All of a preview."""

    stack: str
    findings: list[Finding] = field(default_factory=list)
    passed: set[str] = field(default_factory=set)
    """Rules that hold for every resource that they looked at."""
    not_applicable: dict[str, str] = field(default_factory=dict)
    """Rule -> why it asks for nothing."""
    errors: list[str] = field(default_factory=list)
    """Why the preview failed, where it was not for the rules."""

    @property
    def broken(self) -> list[str]:
        """Mandatory rules that do not hold."""
        return sorted({finding.rule for finding in self.findings if finding.is_mandatory})

    @property
    def holds(self) -> bool:
        return not self.broken and not self.errors

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """Ours by name; a pack may have others."""
        return {rule.name: rule for rule in all_rules()}


def read(stack: str, events: Iterable[Mapping[str, Any]]) -> Outcome:
    """The outcome of the preview of `stack` that told `events`."""
    outcome = Outcome(stack)
    for event in events:
        if violation := event.get("policyEvent"):
            finding = _finding(violation, outcome.rules)
            # The same is told again when a resource is planned twice, as in a replacement.
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
    said = event.get("diagnosticEvent") or {}
    message = said.get("message", "").strip()
    if said.get("severity") == "error" and message not in _STOPPED:
        yield message
