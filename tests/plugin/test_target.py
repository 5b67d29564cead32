"""Credentials of another organization or of a member, before anything is written and at preview."""

import asyncio
from typing import Any

import grpc
import httpx
import pytest

from .conftest import MEMBER, Plugin

PROGRAM: dict[str, Any] = {"secretName": "k", "secretValue": "canary"}
WRITES = {"POST", "PUT", "PATCH"}


@pytest.mark.parametrize("organization", ["org", "acme"])
async def test_the_expected_organization_is_asked_for_once_by_id_or_name(
    plugin: Plugin, organization: str
) -> None:
    await plugin.configure(organization=organization)
    await asyncio.gather(
        *(plugin.resource("Secret", name).up({**PROGRAM, "secretName": name}) for name in "ab")
    )
    assert plugin.port.calls.count(("GET", "/v1/organization")) == 1


async def test_nothing_is_written_or_read_with_credentials_of_another_organization(plugin: Plugin) -> None:
    one = plugin.resource("Secret")
    await one.up(PROGRAM)
    await plugin.configure(organization="globex")
    plugin.port.calls.clear()
    state = one.outputs
    for attempt in (
        plugin.resource("Secret", "other").up({**PROGRAM, "secretName": "other"}),
        one.read(),
        one.delete(),
        one.up({**PROGRAM, "secretValue": "new"}),
    ):
        with pytest.raises(grpc.aio.AioRpcError, match=r"organization acme \(org\).* for globex"):
            await attempt
    assert set(plugin.port.methods) == {"GET"}
    assert {path for _, path in plugin.port.calls} == {"/v1/organization"}
    assert one.outputs == state


async def test_a_preview_warns_of_another_organization_once(plugin: Plugin) -> None:
    await plugin.configure(organization="globex")
    for name in "ab":
        await plugin.resource("Secret", name).up(PROGRAM, preview=True)
    [warning] = plugin.warnings
    assert "an update would fail" in warning
    assert "acme (org)" in warning
    assert "globex" in warning
    assert plugin.port.calls == [("GET", "/v1/organization")]


@pytest.mark.parametrize("settings", [MEMBER.to_json(), MEMBER.to_json() | {"organization": "acme"}])
async def test_a_preview_with_credentials_of_a_member_says_who_may_do_it(
    plugin: Plugin, settings: dict[str, str]
) -> None:
    await plugin.configure(**settings)
    await plugin.resource("Secret").up(PROGRAM, preview=True)
    [warning] = plugin.warnings
    assert "needs an organization admin" in warning
    assert not WRITES & set(plugin.port.methods)


async def test_a_preview_that_changes_nothing_asks_nothing(plugin: Plugin) -> None:
    one = plugin.resource("Secret")
    await one.up(PROGRAM)
    await plugin.configure(organization="globex", **MEMBER.to_json())
    plugin.port.calls.clear()
    assert await one.up(PROGRAM, preview=True) == "same"
    assert (plugin.port.calls, plugin.warnings) == ([], [])


async def test_a_preview_without_credentials_says_nothing(
    plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PORT_CLIENT_SECRET")
    await plugin.configure(organization="globex")
    await plugin.resource("Secret").up(PROGRAM, preview=True)
    assert (plugin.port.calls, plugin.warnings) == ([], [])


async def test_a_preview_that_port_does_not_answer_says_nothing(
    plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unreachable(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    monkeypatch.setattr(plugin.port, "handle_async_request", unreachable)
    await plugin.configure(organization="globex")
    await plugin.resource("Secret").up(PROGRAM, preview=True)
    assert plugin.warnings == []


async def test_a_preview_says_that_port_does_not_accept_the_credentials(plugin: Plugin) -> None:
    await plugin.configure(organization="acme", clientSecret="wrong-canary")
    await plugin.resource("Secret").up(PROGRAM, preview=True)
    [warning] = plugin.warnings
    assert "Port does not accept the credentials" in warning
    assert "canary" not in warning


async def test_credentials_of_the_environment_are_not_sent_to_another_host(
    plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT_BASE_URL", "https://api.us.port.io")
    await plugin.configure(organization="acme", baseUrl="http://127.0.0.1")
    with pytest.raises(grpc.aio.AioRpcError, match=r"http://127\.0\.0\.1.*PORT_BASE_URL=https://api\.us"):
        await plugin.resource("Secret").up(PROGRAM)
    await plugin.resource("Secret").up(PROGRAM, preview=True)
    assert "api.us.port.io" in plugin.warnings[0]
    assert plugin.port.calls == []
