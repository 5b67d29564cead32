"""`GET /v1/organization` and `GET /v1/quota/ai-invocations`."""

from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from port_byollm_sandbox.port_emulator import auth

MONTHLY_LIMIT = 50


async def get(request: Request) -> JSONResponse:
    organization = auth.any_role(request).organization
    return JSONResponse({"ok": True, "organization": {"id": organization.id, "name": organization.name}})


async def get_quota(request: Request) -> JSONResponse:
    """Nothing is invoked here, so the whole quota remains."""
    auth.any_role(request)
    now = datetime.now(UTC)
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    next_month = (month + timedelta(days=32)).replace(day=1)
    usage = {
        "monthlyLimit": MONTHLY_LIMIT,
        "remainingQuota": MONTHLY_LIMIT,
        "month": f"{month:%Y-%m}",
        "remainingTimeMs": (next_month - now) // timedelta(milliseconds=1),
    }
    return JSONResponse({"ok": True, "monthlyQuotaUsage": usage})


routes = [
    Route("/v1/organization", get, methods=["GET"]),
    Route("/v1/quota/ai-invocations", get_quota, methods=["GET"]),
]
