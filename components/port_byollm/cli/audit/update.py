"""What an update did, from the engine's events (`apitype.EngineEvent` in Pulumi's Go SDK).

The engine removes secrets from events, and only names and counts are kept here.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from port_byollm.errors import ConfigError

Events = Sequence[Mapping[str, Any]]


def read_events(log: Path) -> Events:
    """Read a log with a JSON object per line. Raises ConfigError if it is not of a finished update."""
    try:
        events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    except ValueError as error:
        raise ConfigError(str(log), f"is not an event log: {error}") from None
    summaries = [event["summaryEvent"] for event in events if "summaryEvent" in event]
    if not summaries or summaries[-1].get("isPreview"):
        raise ConfigError(
            str(log),
            "does not contain a finished update",
            "write it with `pulumi up --event-log`, and PULUMI_DEBUG_COMMANDS=true in the environment",
        )
    return events


def update(events: Events) -> dict[str, Any]:
    """Return the update's result, counts, and operation -> sorted URNs."""
    summary = [event["summaryEvent"] for event in events if "summaryEvent" in event][-1]
    done: dict[str, set[str]] = {}
    for event in events:
        # Count what was started: a failed update may have completed it.
        metadata = (event.get("resourcePreEvent") or {}).get("metadata")
        if metadata and metadata["op"] != "same":
            done.setdefault(metadata["op"], set()).add(metadata["urn"])
    return {
        "result": summary.get("result") or "unknown",
        "counts": dict(sorted((summary.get("resourceChanges") or {}).items())),
        "operations": {operation: sorted(urns) for operation, urns in sorted(done.items())},
    }


def rules(stack: str, events: Events) -> dict[str, Any] | None:
    """Return the policy pack's results; None if the update ran without one."""
    if not any("policyAnalyzeSummaryEvent" in event for event in events):
        return None
    from port_byollm_policies.report.outcome import read

    outcome = read(stack, events)
    advised = {finding.rule for finding in outcome.findings} - {*outcome.broken}
    return {
        "holds": not outcome.broken,
        "passed": sorted(outcome.passed),
        "advisedAgainst": sorted(advised),
        "broken": outcome.broken,
    }
