"""OpenAI's chat completions (https://platform.openai.com/docs/api-reference/chat/create)."""

import secrets
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from port_byollm_sandbox.upstreams.body import json_object
from port_byollm_sandbox.upstreams.upstream import Upstream


def routes(upstream: Upstream) -> list[BaseRoute]:
    async def create_chat_completion(request: Request) -> Response:
        scheme, _, api_key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not api_key:
            return error(401, "invalid_request_error", None, "You didn't provide an API key.")
        if not upstream.accepts(api_key):
            return error(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided.")
        if wait := upstream.seconds_to_wait():
            limit = f"Rate limit reached on requests per min (RPM). Please try again in {wait}s."
            return error(429, "requests", "rate_limit_exceeded", limit, {"Retry-After": str(wait)})
        body = await json_object(request)
        if body is None:
            problem = "We could not parse the JSON body of your request."
            return error(400, "invalid_request_error", None, problem)
        model = body.get("model")
        if not model:
            return error(400, "invalid_request_error", None, "you must provide a model parameter")
        if model not in upstream.models:
            problem = f"The model `{model}` does not exist or you do not have access to it."
            return error(404, "invalid_request_error", "model_not_found", problem)
        if not body.get("messages"):
            problem = "Missing required parameter: 'messages'."
            return error(400, "invalid_request_error", "missing_required_parameter", problem)
        return JSONResponse(chat_completion(model))

    return [Route("/v1/chat/completions", create_chat_completion, methods=["POST"])]


def error(
    status: int, kind: str, code: str | None, message: str, headers: dict[str, str] | None = None
) -> Response:
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return JSONResponse(body, status, headers)


def chat_completion(model: str) -> dict[str, Any]:
    """Return a `chat.completion` object; Azure OpenAI's has the same shape."""
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "OK", "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
