"""What an update did, as the engine's events tell it (`apitype.EngineEvent` of Pulumi's Go SDK).

The engine has taken secrets out of them; only names and counts are kept of them here.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from port_byollm.errors import ConfigError

Events = Sequence[Mapping[str, Any]]


def read_events(log: Path) -> Events:
    """One JSON object a line. Raises ConfigError for a log of anything but an update that came to its end."""
    try:
        events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    except ValueError as error:
        raise ConfigError(str(log), f"is no event log: {error}") from None
    summaries = [event["summaryEvent"] for event in events if "summaryEvent" in event]
    if not summaries or summaries[-1].get("isPreview"):
        raise ConfigError(
            str(log),
            "tells of no update that came to its end",
            "write it with `pulumi up --event-log`, and PULUMI_DEBUG_COMMANDS=true in the environment",
        )
    return events


def update(events: Events) -> dict[str, Any]:
    """Its result, and URNs by what was done with them, in order."""
    summary = [event["summaryEvent"] for event in events if "summaryEvent" in event][-1]
    done: dict[str, set[str]] = {}
    for event in events:
        # Of what was begun: what an update that fails has begun may be done.
        metadata = (event.get("resourcePreEvent") or {}).get("metadata")
        if metadata and metadata["op"] != "same":
            done.setdefault(metadata["op"], set()).add(metadata["urn"])
    return {
        "result": summary.get("result") or "unknown",
        "counts": dict(sorted((summary.get("resourceChanges") or {}).items())),
        "operations": {operation: sorted(urns) for operation, urns in sorted(done.items())},
    }


def rules(stack: str, events: Events) -> dict[str, Any] | None:
    """What the policy pack said; None where none was asked."""
    if not any("policyAnalyzeSummaryEvent" in event for event in events):
        return None
    from port_byollm_policies.report.outcome import read

    outcome = read(stack, events)
    advised = {one.rule for one in outcome.findings} - {*outcome.broken}
    return {
        "holds": not outcome.broken,
        "passed": sorted(outcome.passed),
        "advisedAgainst": sorted(advised),
        "broken": outcome.broken,
    }
