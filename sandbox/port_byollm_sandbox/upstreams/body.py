"""Reading what was sent."""

import json
from typing import Any

from starlette.requests import Request


async def json_object(request: Request) -> dict[str, Any] | None:
    """The body; None where it is no JSON object."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
