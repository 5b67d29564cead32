"""Port's API, called in this process."""

from typing import Any

import httpx
from starlette.requests import Request


class Refused(Exception):  # noqa: N818 - an answer, no mistake
    """The API answered with an error; `message` is its sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


async def call(
    request: Request, method: str, path: str, token: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What the API answers the bearer of `token`. Raises Refused."""
    transport = httpx.ASGITransport(request.app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
        answer = await client.request(method, path, json=body)
    try:
        said = answer.json()
    except ValueError:  # a fault that was set
        said = None
    if isinstance(said, dict) and answer.is_success:
        return said
    raise Refused(answer.status_code if answer.is_error else 502, _sentence(answer, said))


def _sentence(answer: httpx.Response, said: Any) -> str:
    match said:
        case {"message": str(message)} | {"error": {"message": str(message)}}:
            return message
    return f"Port's API answered with status {answer.status_code}, and without a reason"
