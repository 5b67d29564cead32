"""The monthly quota of an organization's invocations of Port's own provider.

An organization's own providers have no quota (Port's page "API Interaction", "Rate Limits and Quotas").
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from port_byollm_sandbox.port_emulator.selection import PORT
from port_byollm_sandbox.port_emulator.store import Store


def usage(store: Store, organization_id: str) -> dict[str, Any]:
    """Return `monthlyQuotaUsage` of `GET /v1/quota/ai-invocations`. Months are in UTC."""
    now = datetime.now(UTC)
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    next_month = (month + timedelta(days=32)).replace(day=1)
    limit = store.settings.get().monthly_invocations
    used = store.invocations.count(organization_id, PORT.provider, f"{month:%Y-%m}")
    return {
        "monthlyLimit": limit,
        "remainingQuota": max(limit - used, 0),
        "month": f"{month:%Y-%m}",
        "remainingTimeMs": (next_month - now) // timedelta(milliseconds=1),
    }
