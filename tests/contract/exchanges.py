"""One request for every answer that the contract describes, and the right request of every operation."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from .target import Target

SECRET = "contract-key"
OPENAI = {"config": {"apiKeySecretName": SECRET}}
DEFAULTS = {"provider": "port", "model": "claude-sonnet-4-5-20250929"}
PROMPT = {"userPrompt": "hello", "tools": [], "labels": {"team": "platform"}, **DEFAULTS}
BEDROCK = {"roleArn": "arn:aws:iam::111122223333:role/port-byollm", "region": "eu-west-1"}
ALL_MODELS = ("gpt-5", "claude-sonnet-4-20250514", "claude-haiku-4-5-20251001", "claude-sonnet-4-5-20250929")
OVERRIDES = {"models": {name: {"enabled": name == "claude-haiku-4-5-20251001"} for name in ALL_MODELS}}
CLAUDE_OVERRIDES = {
    "models": {name: {"enabled": name == "claude-haiku-4-5-20251001"} for name in ALL_MODELS[1:]}
}
ORGANIZATION = {
    "name": "Contract",
    "settings": {"portalTitle": "Contract", "hiddenBlueprints": ["service"]},
    "announcement": {"content": "Tests are running", "link": None, "color": "blue"},
}


@dataclass(frozen=True)
class Exchange:
    """A request, and the status of its answer. In its path, `{…}` is one of `where`."""

    operation: str
    """Method and path, as in the contract."""
    status: int
    body: Any = None
    where: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.operation} {self.status}"

    @property
    def method(self) -> str:
        return self.operation.split()[0]

    @property
    def path(self) -> str:
        """As in the contract."""
        return self.operation.split()[1]

    def send(self, client: httpx.Client, body: Any = None, **options: Any) -> httpx.Response:
        """Send it, with another body if one is given."""
        content = self.body if body is None else body
        return client.request(
            self.method, self.path.format(**self.where), params=self.query, json=content, **options
        )


RIGHT = [
    Exchange("POST /v1/auth/access_token", 200, {"clientId": "", "clientSecret": ""}),  # filled in by `right`
    Exchange("GET /v1/organization", 200),
    Exchange("PUT /v1/organization", 200, ORGANIZATION),
    Exchange(
        "PATCH /v1/organization", 200, {**ORGANIZATION, "toolSelectionProvisioning": {"status": "DONE"}}
    ),
    Exchange("GET /v1/organization/secrets", 200),
    Exchange("POST /v1/organization/secrets", 201, {"secretName": "contract-new", "secretValue": "v"}),
    Exchange("GET /v1/organization/secrets/{secret_name}", 200, where={"secret_name": SECRET}),
    Exchange(
        "PATCH /v1/organization/secrets/{secret_name}",
        200,
        {"secretValue": "v", "description": "changed"},
        {"secret_name": SECRET},
    ),
    Exchange("DELETE /v1/organization/secrets/{secret_name}", 200, where={"secret_name": SECRET}),
    Exchange("GET /v1/llm-providers", 200),
    Exchange(
        "POST /v1/llm-providers",
        201,
        {"provider": "bedrock", "config": BEDROCK, "overrides": CLAUDE_OVERRIDES, "enabled": False},
    ),
    Exchange("GET /v1/llm-providers/defaults", 200),
    Exchange("PUT /v1/llm-providers/defaults", 200, DEFAULTS),
    Exchange("GET /v1/llm-providers/{provider}", 200, where={"provider": "openai"}),
    Exchange(
        "PUT /v1/llm-providers/{provider}",
        200,
        {"config": BEDROCK, "overrides": OVERRIDES, "enabled": False},
        {"provider": "bedrock"},
        {"validate_connection": "false"},
    ),
    Exchange("DELETE /v1/llm-providers/{provider}", 204, where={"provider": "openai"}),
    Exchange("POST /v1/ai/invoke", 200, PROMPT),
    Exchange("GET /v1/ai/invoke/{invocation_identifier}", 200, where={"invocation_identifier": "contract"}),
    Exchange("GET /v1/quota/ai-invocations", 200),
]
"""Each operation as it succeeds, after `prepare`."""

WRONG = [
    Exchange("POST /v1/auth/access_token", 401, {"clientId": "nobody", "clientSecret": "wrong"}),
    Exchange("POST /v1/auth/access_token", 422, {"clientId": "nobody"}),
    Exchange("PUT /v1/organization", 422, {}),
    Exchange("PATCH /v1/organization", 422, {}),
    Exchange("POST /v1/organization/secrets", 409, {"secretName": SECRET, "secretValue": "v"}),
    Exchange("POST /v1/organization/secrets", 422, {"secretName": "a secret", "secretValue": "v"}),
    Exchange("GET /v1/organization/secrets/{secret_name}", 404, where={"secret_name": "none"}),
    Exchange("PATCH /v1/organization/secrets/{secret_name}", 404, {}, {"secret_name": "none"}),
    Exchange(
        "PATCH /v1/organization/secrets/{secret_name}", 422, {"secretValue": 1}, {"secret_name": SECRET}
    ),
    Exchange("DELETE /v1/organization/secrets/{secret_name}", 404, where={"secret_name": "none"}),
    Exchange("POST /v1/llm-providers", 400, {"provider": "openai", "config": {}}),
    Exchange(
        "POST /v1/llm-providers",
        501,
        {"provider": "openai-compatible", "config": {}},
        query={"validate_connection": "true"},
    ),
    Exchange("PUT /v1/llm-providers/defaults", 400, {"provider": "openai", "model": ALL_MODELS[1]}),
    Exchange("PUT /v1/llm-providers/defaults", 404, {"provider": "anthropic", "model": ALL_MODELS[1]}),
    Exchange("GET /v1/llm-providers/{provider}", 404, where={"provider": "anthropic"}),
    Exchange(
        "PUT /v1/llm-providers/{provider}",
        400,
        {"config": {"apiKeySecretName": "none"}},
        {"provider": "openai"},
        {"validate_connection": "true"},
    ),
    Exchange(
        "PUT /v1/llm-providers/{provider}",
        501,
        {"config": {}},
        {"provider": "openai-compatible"},
        {"validate_connection": "true"},
    ),
    Exchange("DELETE /v1/llm-providers/{provider}", 400, where={"provider": "port"}),
    Exchange("DELETE /v1/llm-providers/{provider}", 404, where={"provider": "anthropic"}),
    Exchange("POST /v1/ai/invoke", 400, {**PROMPT, "provider": "openai"}),
    Exchange("POST /v1/ai/invoke", 404, {**PROMPT, "provider": "anthropic"}),
    Exchange("GET /v1/ai/invoke/{invocation_identifier}", 404, where={"invocation_identifier": "none"}),
]
"""What is particular to an operation, after `prepare`."""


def right(target: Target) -> list[Exchange]:
    credential = {"clientId": target.client_id, "clientSecret": target.client_secret}
    token, *others = RIGHT
    return [Exchange(token.operation, token.status, credential), *others]


def prepare(target: Target) -> None:
    """A secret, a registered `openai`, an invocation, and nothing else."""
    target.empty()
    client = target.client
    client.post("/v1/organization/secrets", json={"secretName": SECRET, "secretValue": "v"})
    client.put("/v1/llm-providers/openai", json=OPENAI).raise_for_status()
    if not client.get("/v1/ai/invoke/contract").is_success:  # once: in a real organization each one costs
        client.post("/v1/ai/invoke", params={"invocation_identifier": "contract"}, json=PROMPT)
