"""What the stack manages, and the progress of its external ID's rotation."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from port_byollm.cli.stack.plan import Plan
from port_byollm.cli.stack.state import ExternalId, State
from port_byollm.cli.table import table
from port_byollm.client.wire import SecretInfo


@dataclass(frozen=True)
class Managed:
    """`secret` is Port's metadata of the external ID's secret; None if Port has none."""

    stack: str
    plan: Plan
    state: State
    secret: SecretInfo | None

    def to_json(self) -> dict[str, Any]:
        external_id = self.state.external_id
        return {
            "manages": self.state.managed(),
            "externalId": self._external_id_json(external_id) if external_id else None,
        }

    def _external_id_json(self, external_id: ExternalId) -> dict[str, Any]:
        until = self.plan.previous_until()
        return {
            "rotation": external_id.rotation,
            "secretName": external_id.secret_name,
            "since": self._since,
            "previousAccepted": external_id.previous > 0,
            "previousUntil": str(until) if until else None,
        }

    def lines(self, today: date) -> Iterator[str]:
        managed = self.state.managed()
        if managed:
            yield f"The stack {self.stack} manages"
            rows = ((each["type"], each["name"], each["id"]) for each in managed)
            yield from table([("TYPE", "NAME", "ID"), *rows])
        else:
            yield f"The stack {self.stack} manages nothing."
        if self.state.external_id:
            yield ""
            yield from self._external_id_lines(self.state.external_id, today)

    def _external_id_lines(self, external_id: ExternalId, today: date) -> Iterator[str]:
        since = f"since {self._since}" if self._since else "but Port has no such secret"
        place = f"in Port's secret {external_id.secret_name} {since}"
        yield f"External ID: rotation {external_id.rotation}, {place}."
        if not external_id.previous:
            return
        last_day = self.plan.previous_until()
        yield f"  Previous values are still accepted{f' until {last_day}' if last_day else ''}."
        if last_day and today > last_day:
            yield "  That day has passed: `port-byollm rotate external-id` drops them."

    @property
    def _since(self) -> str | None:
        """When the external ID in use was stored in Port, in ISO 8601."""
        return self.secret.updated_at if self.secret else None
