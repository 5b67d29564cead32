"""OpenAI, Anthropic and Azure OpenAI by API key: the test requests one completion from each model."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

TIMEOUT_SECONDS = 20.0
ANTHROPIC_VERSION = "2023-06-01"
AZURE_API_VERSION = "2024-10-21"
PROMPT = [{"role": "user", "content": "Answer with OK."}]
MAX_TOKENS = 16
HEADER_VALUE = re.compile(r"[!-~]+(?: [!-~]+)*")


@dataclass(frozen=True)
class Completion:
    """The request for one completion."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: Mapping[str, Any]


def openai(base_url: str, api_key: str, model: str) -> Completion:
    return Completion(
        f"{base_url}/v1/chat/completions",
        {"Authorization": f"Bearer {api_key}"},
        {"model": model, "messages": PROMPT, "max_completion_tokens": MAX_TOKENS},
    )


def anthropic(base_url: str, api_key: str, model: str) -> Completion:
    return Completion(
        f"{base_url}/v1/messages",
        {"x-api-key": api_key, "anthropic-version": ANTHROPIC_VERSION},
        {"model": model, "messages": PROMPT, "max_tokens": MAX_TOKENS},
    )


def azure_openai(base_url: str, api_key: str, resource: str, deployment: str) -> Completion:
    """Request a completion from a deployment, whatever its model; the request does not name one."""
    path = f"{quote(resource, safe='')}/openai/deployments/{quote(deployment, safe='')}/chat/completions"
    return Completion(
        f"{base_url}/{path}?api-version={AZURE_API_VERSION}",
        {"api-key": api_key},
        {"messages": PROMPT, "max_completion_tokens": MAX_TOKENS},
    )


async def test(completions: Mapping[str, Completion]) -> dict[str, str | None]:
    """Model -> why it did not answer, or None if it did."""
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        problems = await asyncio.gather(*(_problem(client, each) for each in completions.values()))
    return dict(zip(completions, problems, strict=True))


async def _problem(client: httpx.AsyncClient, completion: Completion) -> str | None:
    if not all(map(HEADER_VALUE.fullmatch, completion.headers.values())):
        return "Invalid API key: it contains characters that are not allowed in an HTTP header"
    try:
        answer = await client.post(completion.url, headers=completion.headers, json=completion.body)
    except httpx.TransportError as error:
        return f"The provider did not answer ({type(error).__name__})"
    if answer.is_success:
        return None
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return "Invalid API key"
    message = f"{_message(answer)} (status {answer.status_code})"
    retry_after = answer.headers.get("Retry-After")
    return message if retry_after is None else f"{message}; retry after {retry_after} seconds"


def _message(answer: httpx.Response) -> str:
    """Return `error.message`, which all three vendors' errors have."""
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, LookupError, TypeError):
        return "The provider's answer is not in its API's format"
