"""Calls of Port's API in this process."""

from typing import Any

import httpx
from starlette.requests import Request


class Refused(Exception):  # noqa: N818 - an expected answer
    """The API answered with an error, whose sentence is `message`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


async def call(
    request: Request, method: str, path: str, token: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Call the API with `token` and return its answer. Raises Refused."""
    transport = httpx.ASGITransport(request.app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
        answer = await client.request(method, path, json=body)
    try:
        content = answer.json()
    except ValueError:  # an injected fault
        content = None
    if isinstance(content, dict) and answer.is_success:
        return content
    raise Refused(answer.status_code if answer.is_error else 502, _sentence(answer, content))


def _sentence(answer: httpx.Response, content: Any) -> str:
    match content:
        case {"message": str(message)} | {"error": {"message": str(message)}}:
            return message
    return f"Port's API answered with status {answer.status_code} and no reason"
