"""Who manages what in an organization, and what becomes of a second owner."""

from typing import Any

import grpc
import pytest

from .conftest import MEMBER, Plugin, Resource

PROD: dict[str, Any] = {"owner": "acme/byollm/prod", "manages": ["bedrock", "defaults"]}
STAGING: dict[str, Any] = {**PROD, "owner": "acme/byollm/staging"}
SECRETS = "/v1/organization/secrets"


@pytest.fixture
async def bound(plugin: Plugin) -> Plugin:
    await plugin.configure(organization="acme")
    return plugin


async def claims(plugin: Plugin) -> dict[str, str]:
    found = (await plugin.behind_its_back("GET", SECRETS))["secrets"]
    return {one["secretName"].removeprefix("port-byollm-owner-"): one["description"] for one in found}


async def next_run(plugin: Plugin) -> None:
    plugin.restart()
    plugin.port.calls.clear()


async def replace(one: Resource, program: dict[str, Any]) -> Resource:
    """The first half of a replacement; `one` is what the engine deletes at the end of the update."""
    assert await one.up(program) == "replace"
    new = Resource(one.stub, one.token, one.name)
    await new.up(program)
    return new


async def test_life(bound: Plugin) -> None:
    one = bound.resource("Ownership")
    assert await one.up(PROD) == "create"
    assert set(await claims(bound)) == {"bedrock", "defaults"}
    assert "acme/byollm/prod" in (await claims(bound))["bedrock"]
    await next_run(bound)
    assert await one.up(PROD) == "same"
    assert bound.port.calls == []
    assert await one.read()
    await next_run(bound)
    assert await one.up(PROD) == "same"
    await next_run(bound)
    await one.delete()
    assert await claims(bound) == {}


async def test_what_is_not_managed_any_more_is_given_up_at_the_end(bound: Plugin) -> None:
    one = bound.resource("Ownership")
    await one.up(PROD)
    await next_run(bound)
    new = await replace(one, {**PROD, "manages": ["bedrock", "openai"]})
    assert set(await claims(bound)) == {"bedrock", "defaults", "openai"}
    await one.delete()
    assert set(await claims(bound)) == {"bedrock", "openai"}
    assert await new.read()
    assert await new.up({**PROD, "manages": ["bedrock", "openai"]}) == "same"


async def test_an_update_that_was_killed_before_its_end_gives_up_no_more_than_it_should(
    bound: Plugin,
) -> None:
    one, program = bound.resource("Ownership"), {**PROD, "manages": ["bedrock"]}
    await one.up(PROD)
    await next_run(bound)
    new = await replace(one, program)
    await next_run(bound)
    assert await new.up(program) == "same"
    await one.delete()
    assert set(await claims(bound)) == {"bedrock"}


async def test_a_renamed_stack_may_give_something_up(bound: Plugin) -> None:
    one = bound.resource("Ownership")
    await one.up(PROD)
    await next_run(bound)
    await replace(one, {"owner": "acme/byollm/production", "manages": ["bedrock"]})
    await one.delete()
    assert set(await claims(bound)) == {"bedrock"}
    assert "acme/byollm/production" in (await claims(bound))["bedrock"]


async def test_second_owner_fails_before_it_writes_and_both_are_named(bound: Plugin) -> None:
    await bound.resource("Ownership").up({**PROD, "manages": ["defaults"]})
    before = await claims(bound)
    await next_run(bound)
    both = r"defaults of this organization is managed by acme/byollm/prod, and acme/byollm/staging would"
    with pytest.raises(grpc.aio.AioRpcError, match=both):
        await bound.resource("Ownership", "other").up(STAGING)
    assert await claims(bound) == before
    assert not {"POST", "PUT", "PATCH"} & set(bound.port.methods)
    assert bound.warnings == []
    await bound.resource("Ownership", "other").up(STAGING, preview=True)
    assert "would be its second owner" in bound.warnings[0]


async def test_several_owners_of_different_things_live_side_by_side(bound: Plugin) -> None:
    for thing in ("bedrock", "openai", "defaults"):
        await bound.resource("Ownership", thing).up({"owner": f"the {thing} team", "manages": [thing]})
    assert set(await claims(bound)) == {"bedrock", "openai", "defaults"}


async def test_what_a_killed_update_has_claimed_is_taken_over(bound: Plugin) -> None:
    await bound.resource("Ownership").up({**PROD, "manages": ["bedrock"]})
    again = bound.resource("Ownership")
    assert await again.up(PROD) == "create"
    assert set(await claims(bound)) == {"bedrock", "defaults"}


async def test_a_renamed_stack_keeps_what_it_has(bound: Plugin) -> None:
    one = bound.resource("Ownership")
    await one.up(PROD)
    assert await one.up({**PROD, "owner": "acme/byollm/production"}) == "update"
    assert "acme/byollm/production" in (await claims(bound))["bedrock"]
    with pytest.raises(grpc.aio.AioRpcError, match="managed by acme/byollm/production"):
        await bound.resource("Ownership", "other").up(PROD)


async def test_what_was_taken_away_is_found_by_a_refresh_and_claimed_again(bound: Plugin) -> None:
    one = bound.resource("Ownership")
    await one.up(PROD)
    await bound.behind_its_back("DELETE", f"{SECRETS}/port-byollm-owner-bedrock")
    await one.read()
    await replace(one, PROD)
    await one.delete()
    assert set(await claims(bound)) == {"bedrock", "defaults"}


async def test_what_somebody_else_has_claimed_since_is_not_released(bound: Plugin) -> None:
    one = bound.resource("Ownership")
    await one.up(PROD)
    await bound.behind_its_back("DELETE", f"{SECRETS}/port-byollm-owner-bedrock")
    await bound.resource("Ownership", "other").up({**STAGING, "manages": ["bedrock"]})
    await next_run(bound)
    await one.read()
    with pytest.raises(grpc.aio.AioRpcError, match=r"bedrock .* is managed by acme/byollm/staging"):
        await replace(one, PROD)
    await next_run(bound)
    await one.delete()
    assert set(await claims(bound)) == {"bedrock"}


async def test_other_credentials_are_looked_at_and_an_update_without_any_is_not(
    bound: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = bound.resource("Ownership")
    await one.up(PROD)
    await bound.configure(organization="acme", **MEMBER.to_json())
    with pytest.raises(grpc.aio.AioRpcError, match="needs an organization admin"):
        await one.up(PROD)
    monkeypatch.delenv("PORT_CLIENT_ID")
    await bound.configure(organization="acme")
    assert await one.up(PROD) == "same"


async def test_a_stack_does_not_move_to_another_organization(bound: Plugin) -> None:
    one = bound.resource("Ownership")
    await one.up(PROD)
    one.outputs["organization"] = type(one.outputs["owner"])("globex")
    with pytest.raises(grpc.aio.AioRpcError, match=r"in Port's organization globex.* are of org"):
        await replace(one, {**PROD, "manages": ["bedrock"]})


async def test_an_update_that_loses_the_race_names_who_was_faster(
    bound: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = bound.port.handle_async_request
    raced: list[Resource] = []

    async def race(request: Any) -> Any:
        if request.method == "POST" and request.url.path == SECRETS and not raced:
            raced.append(bound.resource("Ownership", "other"))
            await raced[0].up({**STAGING, "manages": ["bedrock"]})
        return await inner(request)

    monkeypatch.setattr(bound.port, "handle_async_request", race)
    with pytest.raises(grpc.aio.AioRpcError, match="managed by acme/byollm/staging"):
        await bound.resource("Ownership").up(PROD)


@pytest.mark.parametrize(
    ("change", "prop", "problem"),
    [
        ({"owner": ""}, "owner", "give 1 to 145"),
        ({"owner": "x" * 146}, "owner", "give 1 to 145"),
        ({"owner": "two\nlines"}, "owner", "not one line"),
        ({"manages": ["Bed rock"]}, "manages", "a-z 0-9 -"),
        ({"manages": "bedrock"}, "manages", "is not a list"),
    ],
)
async def test_bad_input_names_the_property(
    plugin: Plugin, change: dict[str, Any], prop: str, problem: str
) -> None:
    _, failures = await plugin.resource("Ownership").check({**PROD, **change})
    assert problem in failures[prop]


async def test_port_takes_the_longest_owner(bound: Plugin) -> None:
    longest = {**PROD, "owner": "x" * 145}
    await bound.resource("Ownership").up(longest)
    assert await bound.resource("Ownership").up(longest) == "create"


async def test_it_is_not_imported(bound: Plugin) -> None:
    with pytest.raises(grpc.aio.AioRpcError, match="takes over the claims with its mark"):
        await bound.resource("Ownership").read("ownership")
