"""What the tests of Bedrock's connections share."""

from typing import Any

import httpx

from port_byollm.catalogue import ALL_MODEL_NAMES
from port_byollm.iam.invoke_policy import Guardrail, pinned

ACCOUNT, REGION = "111122223333", "eu-west-1"
SONNET, HAIKU = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"
EXTERNAL_ID = "canary-external-id"


def overrides(*enabled: str) -> dict[str, Any]:
    return {"models": {name: {"enabled": name in enabled} for name in ALL_MODEL_NAMES}}


def policies(*models: str, guardrail: Guardrail | None = None) -> list[dict[str, Any]]:
    return [document.to_dict() for document in pinned(models, "eu", REGION, ACCOUNT, guardrail)]


def without(document: dict[str, Any], *parts: str) -> dict[str, Any]:
    """The policy without the resources or actions that hold one of `parts`."""
    statements = []
    for statement in document["Statement"]:
        kept = dict(statement)
        for element in ("Action", "Resource"):
            values = statement[element] if isinstance(statement[element], list) else [statement[element]]
            kept[element] = [value for value in values if not any(part in value for part in parts)]
        if kept["Action"] and kept["Resource"]:
            statements.append(kept)
    return {**document, "Statement": statements}


def denial(answer: httpx.Response, model: str = SONNET) -> str:
    """What was said about a model that failed."""
    body = answer.json()
    assert (answer.status_code, body["error"]) == (400, "LLMProviderModelTestError"), body
    assert body["message"].startswith("Connection test failed for provider 'bedrock'")
    assert EXTERNAL_ID not in answer.text
    tested = body["details"]["testedModels"][model]
    assert tested["isValid"] is False
    message: str = tested["message"]
    return message
