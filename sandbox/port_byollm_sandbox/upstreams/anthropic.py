"""Anthropic's messages (https://docs.anthropic.com/en/api/messages and /en/api/errors)."""

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from port_byollm_sandbox.upstreams.body import json_object
from port_byollm_sandbox.upstreams.upstream import Upstream


def routes(upstream: Upstream) -> list[BaseRoute]:
    async def create_message(request: Request) -> Response:
        api_key = request.headers.get("x-api-key", "")
        if not api_key:
            return error(401, "authentication_error", "x-api-key header is required")
        if not upstream.accepts(api_key):
            return error(401, "authentication_error", "invalid x-api-key")
        if not request.headers.get("anthropic-version"):
            return error(400, "invalid_request_error", "anthropic-version: header is required")
        if wait := upstream.seconds_to_wait():
            limit = "This request would exceed your organization's rate limit of requests per minute."
            return error(429, "rate_limit_error", limit, {"Retry-After": str(wait)})
        body = await json_object(request)
        if body is None:
            return error(400, "invalid_request_error", "The request body is not valid JSON")
        for field in ("model", "messages", "max_tokens"):
            if not body.get(field):
                return error(400, "invalid_request_error", f"{field}: Field required")
        if body["model"] not in upstream.models:
            return error(404, "not_found_error", f"model: {body['model']}")
        return JSONResponse(_message(body["model"]))

    return [Route("/v1/messages", create_message, methods=["POST"])]


def error(status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> Response:
    body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": _id("req")}
    return JSONResponse(body, status, headers)


def _message(model: str) -> dict[str, Any]:
    return {
        "id": _id("msg"),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": "OK"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }


def _id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"
