"""The audit trail: who changed what and when, failed attempts included."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from port_byollm_sandbox.port_emulator import context
from port_byollm_sandbox.port_emulator.pages import template
from port_byollm_sandbox.port_emulator.pages.session import Session
from port_byollm_sandbox.port_emulator.store.audit import MAX_NUMBER, AuditEntry

PAGE = 50


@dataclass(frozen=True)
class Change:
    """A changed field: its values as JSON, None if absent."""

    field: str
    before: str | None
    after: str | None


async def show(request: Request) -> Response:
    session = Session.of(request)
    before = request.query_params.get("before", "")
    older = (
        int(before) if before.isascii() and before.isdigit() and len(before) < len(str(MAX_NUMBER)) else None
    )
    trail = context.of(request).store.audit
    entries = trail.of(session.caller.organization.id, PAGE + 1, older)
    return template.render(
        request,
        "audit",
        session.caller,
        entries=[(entry, changes(entry)) for entry in entries[:PAGE]],
        older=entries[PAGE - 1].number if len(entries) > PAGE else None,
        is_first=older is None,
    )


def changes(entry: AuditEntry) -> list[Change]:
    before, after = _flat(entry.before or {}), _flat(entry.after or {})
    return [
        Change(name, before.get(name), after.get(name))
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    ]


def _flat(state: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """`{"config": {"region": "eu-west-1"}}` -> `{"config.region": "eu-west-1"}`, without nulls."""
    flat: dict[str, str] = {}
    for name, value in state.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        elif value is not None:
            flat[f"{prefix}{name}"] = value if isinstance(value, str) else json.dumps(value)
    return flat
