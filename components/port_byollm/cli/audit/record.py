"""The record of an update, as described by `record.schema.json`."""

import json
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from port_byollm.cli.audit.documents import documents_of
from port_byollm.cli.audit.source import source
from port_byollm.cli.audit.update import read_events, rules, update
from port_byollm.cli.stack.stack import Stack
from port_byollm.cli.verify.deployed import deployed
from port_byollm.cli.verify.promise import Given
from port_byollm.errors import PortByollmError
from port_byollm.project import project_file
from port_byollm.proof import prove

SCHEMA = Path(__file__).with_name("record.schema.json")
_PROVIDER = "pulumi:providers:"


def record_of(stack: Stack, event_log: Path) -> dict[str, Any]:
    """Return the record of the stack's last update, which wrote `event_log`.

    Raises ConfigError if the log is not of a finished update, and PortByollmError if the state is
    unreadable.
    """
    events = read_events(event_log)
    project = project_file()
    deployment = json.loads(stack.pulumi("stack", "export"))["deployment"]
    return {
        "schemaVersion": 1,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "stack": stack.name,
        "source": source(project.parent) if project else None,
        "versions": {
            "portByollm": version("port-byollm"),
            "engine": deployment["manifest"]["version"],
            "python": platform.python_version(),
            "plugins": _plugins(deployment["resources"]),
        },
        "update": update(events),
        "rules": rules(stack.name, events),
        **_connection(stack),
    }


def _connection(stack: Stack) -> dict[str, Any]:
    """Return what is deployed now; empty if the stack does not connect Bedrock."""
    try:
        evidence = deployed(stack, Given())
    except PortByollmError as error:
        return {"identity": None, "documents": [], "proof": {"holds": None, "summary": str(error)}}
    proof = prove(evidence.subject((), ()))
    identity = evidence.identity
    return {
        "identity": identity.arn if isinstance(identity.arn, str) else None,
        "documents": documents_of(identity),
        "proof": {"holds": proof.holds, "claims": len(proof.claims), "summary": proof.summary},
    }


def _plugins(resources: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return provider -> version, for those whose version is in the state."""
    found = {
        each["type"].removeprefix(_PROVIDER): (each.get("inputs") or {}).get("version")
        for each in resources
        if each["type"].startswith(_PROVIDER)
    }
    return {name: number for name, number in sorted(found.items()) if number}
