"""Organizations side by side never see each other: each gets what it would get if it were alone."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from port_byollm_sandbox.port_emulator.app import Tenant, create_app
from port_byollm_sandbox.port_emulator.organizations import Credential, Organization, Role

from .conftest import ORIGIN

Call = tuple[str, str, Any]
SECRETS, PROVIDERS = "/v1/organization/secrets", "/v1/llm-providers"
SONNET, HAIKU = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"
# Told by the clock, or counted over all organizations: another in each run.
UNLIKE = {"createdAt", "updatedAt", "created_at", "updated_at", "at", "number", "remainingTimeMs"}

TENANTS = [
    Tenant(
        Organization(name, name.title(), "eu" if name == "acme" else "us"),
        {role: Credential(f"{name}-{role}", "a secret") for role in Role},
    )
    for name in ("acme", "globex")
]

names = st.sampled_from(["one", "two"])
providers = st.sampled_from(["openai", "anthropic", "port"])
models = st.sampled_from(["gpt-5", SONNET, HAIKU])
calls = st.one_of(
    st.builds(
        lambda name, value: ("POST", SECRETS, {"secretName": name, "secretValue": value}), names, names
    ),
    st.builds(lambda name, text: ("PATCH", f"{SECRETS}/{name}", {"description": text}), names, names),
    st.builds(lambda name: ("DELETE", f"{SECRETS}/{name}", None), names),
    st.builds(
        lambda provider, name, enabled: (
            "PUT",
            f"{PROVIDERS}/{provider}",
            {"config": {} if provider == "port" else {"apiKeySecretName": name}, "enabled": enabled},
        ),
        providers,
        names,
        st.booleans(),
    ),
    st.builds(lambda provider: ("DELETE", f"{PROVIDERS}/{provider}", None), providers),
    st.builds(
        lambda provider, model: ("PUT", f"{PROVIDERS}/defaults", {"provider": provider, "model": model}),
        providers,
        models,
    ),
    st.builds(
        lambda name, model: (
            "POST",
            f"/v1/ai/invoke?invocation_identifier={name}",
            {"userPrompt": "hello", "tools": [], "provider": "port", "model": model},
        ),
        names,
        models,
    ),
    st.builds(lambda name: ("PUT", "/v1/organization", {"name": name}), names),
    st.sampled_from(
        [
            ("GET", path, None)
            for path in (
                SECRETS,
                f"{SECRETS}/one",
                PROVIDERS,
                f"{PROVIDERS}/openai",
                f"{PROVIDERS}/defaults",
                "/v1/organization",
                "/v1/ai/invoke/one",
                "/v1/quota/ai-invocations",
            )
        ]
    ),
)


@settings(max_examples=30, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from([0, 1]), calls), min_size=4, max_size=30))
def test_two_organizations_get_what_each_would_get_alone(steps: list[tuple[int, Call]]) -> None:
    together = asyncio.run(answers(TENANTS, steps))
    for number, tenant in enumerate(TENANTS):
        own = [(0, call) for which, call in steps if which == number]
        assert together[number] == asyncio.run(answers([tenant], own))[0]


async def answers(tenants: Sequence[Tenant], steps: Sequence[tuple[int, Call]]) -> list[list[Any]]:
    """What each of the tenants was answered, and its audit trail after all."""
    with TemporaryDirectory() as directory:
        app = create_app(Path(directory), tenants[0], None)
        store = app.state.context.store
        for tenant in tenants[1:]:
            store.organizations.create(tenant.organization, tenant.credentials.items())
        try:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
                tokens = [await log_in(client, tenant) for tenant in tenants]
                found: list[list[Any]] = [[] for _ in tenants]
                for which, (method, path, body) in steps:
                    answer = await client.request(method, path, json=body, headers=tokens[which])
                    found[which].append((answer.status_code, comparable(answer)))
                for which, tenant in enumerate(tenants):
                    trail = await client.get(f"/_emulator/organizations/{tenant.organization.id}/audit")
                    found[which].append(comparable(trail))
                return found
        finally:
            store.close()


async def log_in(client: httpx.AsyncClient, tenant: Tenant) -> dict[str, str]:
    credential = tenant.credentials[Role.ADMIN]
    answer = await client.post("/v1/auth/access_token", json=credential.to_json())
    return {"Authorization": f"Bearer {answer.json()['accessToken']}"}


def comparable(answer: httpx.Response) -> Any:
    if answer.headers.get("Content-Type") != "application/json":
        return answer.text.partition("event: done")[0]
    return without_times(answer.json())


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_times(inner) for key, inner in value.items() if key not in UNLIKE}
    if isinstance(value, list):
        return [without_times(inner) for inner in value]
    return value
