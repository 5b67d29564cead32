"""Writes `docs/errors.md` from the client's error classes, each of which the Port emulator has to produce.

.venv/bin/python docs/errors.py
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from port_byollm.client import errors
from port_byollm.client.port import PortClient
from port_byollm_sandbox.port_emulator.app import Tenant, create_app
from port_byollm_sandbox.port_emulator.organizations import Credential, Organization, Role

PAGE = Path(__file__).with_suffix(".md")
_INTRODUCTION = """\
# Errors from Port

`port_byollm.client.errors` has a class for each error, with the data that Port sends. Port's name for an
error takes precedence over the HTTP status. The client reads both documented forms: `"error"` as a name,
and as an object with name, message and details.

To check credentials before an update, run `port-byollm doctor`. A preview also warns about credentials of a
member or of another organization ([binding.md](binding.md)).

`docs/errors.py` writes this page from the classes and from the emulator's answers.
"""
_MESSAGES = """\
Every message consists of the meaning, Port's own words with the status and the request, and what to do. It
adds when Port accepts calls again after a rate limit, whether an unanswered request may have been carried
out, and the reason for each model that failed its test:\
"""
_SECRET = "openai-api-key"  # noqa: S105  its name


async def page() -> str:
    produced = {type(error): error for error in await _each()}
    assert produced.keys() == set(errors.KINDS)  # noqa: S101  the emulator knows them all
    rows = [
        f"| {_answers(kind)} | `{kind.__name__}` | {kind.meaning} | {kind.next_step} |"
        for kind in errors.KINDS
    ]
    table = ["| Port answers | class | what it means | what to do |", "|---|---|---|---|", *rows]
    shown = f"```text\n{produced[errors.ModelTestFailed]}\n```"
    return "\n\n".join([_INTRODUCTION.rstrip(), "\n".join(table), _MESSAGES, shown]) + "\n"


def _answers(kind: type[errors.PortError]) -> str:
    if kind is errors.PortUnreachable:
        return "nothing"
    if kind is errors.UnexpectedAnswer:
        return "no JSON, or not Port's"
    assert issubclass(kind, errors.PortApiError)  # noqa: S101  there are no others
    if isinstance(kind.statuses, range):
        return f"{kind.statuses[0]} to {kind.statuses[-1]}"
    names = [f"`{name}`" for name in kind.names] if "names" in vars(kind) else []
    statuses = [str(status) for status in kind.statuses] if "statuses" in vars(kind) else []
    return ", ".join(names or statuses) or "anything else"


async def _each() -> list[errors.PortError]:
    """One of each kind, as the emulator makes the client raise it."""
    credentials = {role: Credential(f"{role}-id", f"{role}-secret") for role in Role}
    with tempfile.TemporaryDirectory() as directory:
        tenant = Tenant(Organization("org", "acme", "eu"), credentials)
        emulator = _Transport(create_app(Path(directory), tenant, "http://127.0.0.1:1"))
        admin, member = (_client(emulator, credentials[role]) for role in (Role.ADMIN, Role.MEMBER))
        nobody = _client(emulator, Credential("admin-id", "another-secret"))
        providers, secrets = admin.llm_providers, admin.secrets
        config = {"apiKeySecretName": _SECRET}

        async def fault(**effect: Any) -> errors.PortError:
            body = {"path": "/v1/organization/secrets/*", "times": None, **effect}
            async with httpx.AsyncClient(transport=emulator, base_url="http://127.0.0.1") as control:
                (await control.post("/_emulator/faults", json=body)).raise_for_status()
                error = await _raised(lambda: secrets.update(_SECRET, "value"))
                await control.delete("/_emulator/faults")
            return error

        found = [
            await _raised(lambda: providers.set_defaults("anthropic", "claude-sonnet-4-5-20250929")),
            await _raised(lambda: providers.create("openai", config, validate_connection=True)),
            await _raised(lambda: providers.create("openai", {})),
        ]
        await secrets.create(_SECRET, "value")
        await providers.create("openai", config, models={"gpt-5": False})
        found += [
            await _raised(lambda: providers.set_defaults("openai", "gpt-5")),
            await _raised(lambda: member.llm_providers.delete("openai")),
            await _raised(lambda: nobody.secrets.get(_SECRET)),
            await _raised(lambda: member.secrets.update(_SECRET, "value")),
            await _raised(lambda: secrets.update("another-key", "value")),
            await _raised(lambda: secrets.create(_SECRET, "value")),
            await _raised(lambda: secrets.update(_SECRET, description="x" * 201)),
            await fault(status=429, headers={"Retry-After": "600"}),
            await fault(status=503),
            await fault(status=418),
            await fault(status=200, body="<html>Sign in to the proxy</html>"),
            await fault(drop="response"),
        ]
        for client in (admin, member, nobody):
            await client.close()
    return found


async def _raised(call: Callable[[], Awaitable[object]]) -> errors.PortError:
    try:
        await call()
    except errors.PortError as error:
        return error
    raise AssertionError("the emulator did not refuse")


def _client(emulator: httpx.AsyncBaseTransport, credential: Credential) -> PortClient:
    async def no_wait(seconds: float) -> None:
        """Retries without their pauses."""

    return PortClient(
        "https://api.port.io",
        credential.client_id,
        credential.client_secret,
        transport=emulator,
        sleep=no_wait,
    )


class _Transport(httpx.ASGITransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await super().handle_async_request(request)
        except ConnectionAbortedError as error:  # what a dropped connection is in one process
            raise httpx.ReadError("dropped") from error


if __name__ == "__main__":
    PAGE.write_text(asyncio.run(page()), encoding="utf-8")
