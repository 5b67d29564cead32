"""Azure OpenAI's chat completions (https://learn.microsoft.com/azure/ai-foundry/openai/reference).

On Azure, a resource is a host name, `https://<resource>.openai.azure.com`; on loopback, it is a path.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from port_byollm_sandbox.upstreams.body import json_object
from port_byollm_sandbox.upstreams.openai import chat_completion
from port_byollm_sandbox.upstreams.upstream import Upstream


def routes(upstream: Upstream) -> list[BaseRoute]:
    async def create_chat_completion(request: Request) -> Response:
        if not upstream.accepts(request.headers.get("api-key", "")):
            return error(
                401,
                "401",
                "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a"
                " valid key for an active subscription and use a correct regional API endpoint for your"
                " resource.",
            )
        if not request.query_params.get("api-version"):
            return error(404, "404", "Resource not found")
        if request.path_params["deployment"] not in upstream.models:
            return error(
                404,
                "DeploymentNotFound",
                "The API deployment for this resource does not exist. If you created the deployment within"
                " the last 5 minutes, please wait a moment and try again.",
            )
        if wait := upstream.seconds_to_wait():
            return error(
                429,
                "429",
                "Requests to the ChatCompletions_Create Operation have exceeded call rate limit. Please retry"
                f" after {wait} seconds.",
                {"Retry-After": str(wait)},
            )
        body = await json_object(request)
        if body is None or not body.get("messages"):
            return error(400, "BadRequest", "Missing required parameter: 'messages'.")
        return JSONResponse(chat_completion(request.path_params["deployment"]))

    path = "/{resource}/openai/deployments/{deployment}/chat/completions"
    return [Route(path, create_chat_completion, methods=["POST"])]


def error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)
