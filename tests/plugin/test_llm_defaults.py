from typing import Any

import grpc
import pytest

from port_byollm.catalogue import SYSTEM_DEFAULT
from port_byollm.plugin.values import UNKNOWN, plain

from .conftest import Plugin, Resource

HAIKU, SONNET = "claude-haiku-4-5-20251001", "claude-sonnet-4-5-20250929"
PROGRAM: dict[str, Any] = {
    "provider": "bedrock",
    "model": SONNET,
    "enabledModels": [HAIKU, SONNET],
    "onRemoval": "restore",
}
# In a fresh organization, whose default is Port's own, which a removal would bring back.
EU = {**PROGRAM, "dataResidency": "eu"}
PATH = "/v1/llm-providers/defaults"


@pytest.fixture
async def bedrock(plugin: Plugin) -> Plugin:
    config = {"roleArn": "arn:aws:iam::111122223333:role/port-byollm", "region": "eu-west-1"}
    await plugin.resource("LlmProvider").up({"provider": "bedrock", "config": config})
    await plugin.resource("LlmProvider").up({"provider": "openai", "config": {"apiKeySecretName": "k"}})
    plugin.port.calls.clear()
    return plugin


async def in_port(plugin: Plugin) -> tuple[str, str]:
    found = (await plugin.behind_its_back("GET", PATH))["result"]
    return found["provider"], found["model"]


async def set_by_somebody(plugin: Plugin, provider: str, model: str) -> None:
    await plugin.behind_its_back("PUT", PATH, {"provider": provider, "model": model})


async def destroy(plugin: Plugin, one: Resource) -> None:
    plugin.restart()  # a run of its own
    await one.delete()


async def test_life(bedrock: Plugin) -> None:
    one = bedrock.resource("LlmDefaults")
    assert await one.up(PROGRAM) == "create"
    assert one.id == "defaults"
    assert (one.state["previousProvider"], one.state["previousModel"]) == SYSTEM_DEFAULT
    assert await in_port(bedrock) == ("bedrock", SONNET)
    bedrock.port.calls.clear()
    assert await one.up(PROGRAM) == "same"
    assert await one.up({**PROGRAM, "enabledModels": [SONNET]}) == "same"
    assert await one.up({**PROGRAM, "onRemoval": "keep"}) == "update"
    assert bedrock.port.calls == []  # only the state changes
    assert await one.up({**PROGRAM, "model": HAIKU}) == "update"
    assert (one.state["previousProvider"], one.state["previousModel"]) == SYSTEM_DEFAULT
    await destroy(bedrock, one)
    assert await in_port(bedrock) == SYSTEM_DEFAULT


async def test_removal_restores_what_stood_there_before(bedrock: Plugin) -> None:
    await set_by_somebody(bedrock, "openai", "gpt-5")
    one = bedrock.resource("LlmDefaults")
    await one.up({**PROGRAM, "dataResidency": "eu"})
    await destroy(bedrock, one)
    assert await in_port(bedrock) == ("openai", "gpt-5")


@pytest.mark.parametrize(
    ("on_removal", "left"), [("keep", ("bedrock", SONNET)), ("system-default", SYSTEM_DEFAULT)]
)
async def test_removal_does_as_told(bedrock: Plugin, on_removal: str, left: tuple[str, str]) -> None:
    await set_by_somebody(bedrock, "openai", "gpt-5")
    one = bedrock.resource("LlmDefaults")
    await one.up({**PROGRAM, "onRemoval": on_removal, "dataResidency": "eu"})
    await destroy(bedrock, one)
    assert await in_port(bedrock) == left


async def test_removal_leaves_what_somebody_else_has_set_since(bedrock: Plugin) -> None:
    one = bedrock.resource("LlmDefaults")
    await one.up(PROGRAM)
    await set_by_somebody(bedrock, "openai", "gpt-5")
    await destroy(bedrock, one)
    assert await in_port(bedrock) == ("openai", "gpt-5")
    assert "stays as it is" in bedrock.warnings[0]


async def test_residency_refuses_a_removal_that_would_end_at_port(bedrock: Plugin) -> None:
    one = bedrock.resource("LlmDefaults")
    assert await one.up(EU) == "create"
    assert "`pulumi destroy` will be refused" in bedrock.warnings[0]
    with pytest.raises(grpc.aio.AioRpcError, match=r"dataResidency is eu.*onRemoval to keep.*system-default"):
        await destroy(bedrock, one)
    assert await in_port(bedrock) == ("bedrock", SONNET)
    assert await one.up({**EU, "onRemoval": "keep"}) == "update"
    await destroy(bedrock, one)
    assert await in_port(bedrock) == ("bedrock", SONNET)
    assert len(bedrock.warnings) == 1


async def test_preview_of_an_update_warns_of_a_refused_removal(bedrock: Plugin) -> None:
    one = bedrock.resource("LlmDefaults")
    await one.up(PROGRAM)
    assert bedrock.warnings == []
    await one.up(EU, preview=True)
    assert "`pulumi destroy` will be refused" in bedrock.warnings[0]


async def test_replacement_and_new_name_are_no_removal(bedrock: Plugin) -> None:
    one = bedrock.resource("LlmDefaults")
    await one.up(PROGRAM)
    await bedrock.resource("LlmDefaults", "other").up(PROGRAM)
    await one.delete()  # as the engine does it: at the end
    assert await in_port(bedrock) == ("bedrock", SONNET)


async def test_new_name_after_a_killed_update_is_no_removal(bedrock: Plugin) -> None:
    one, other = bedrock.resource("LlmDefaults"), bedrock.resource("LlmDefaults", "other")
    await one.up(PROGRAM)
    await other.up(PROGRAM)
    bedrock.restart()
    assert await other.up(PROGRAM) == "same"
    await one.delete()
    assert await in_port(bedrock) == ("bedrock", SONNET)


@pytest.mark.parametrize("key", ["provider", "model"])
async def test_what_is_left_out_is_read_and_both_are_put(bedrock: Plugin, key: str) -> None:
    await set_by_somebody(bedrock, "bedrock", HAIKU)
    program = {key: {"provider": "bedrock", "model": SONNET}[key]}
    after = ("bedrock", SONNET if key == "model" else HAIKU)
    one = bedrock.resource("LlmDefaults")
    await one.up(program, preview=True)
    assert UNKNOWN in (one.previewed[1]["provider"], one.previewed[1]["model"])
    assert bedrock.port.calls == []
    assert await one.up(program) == "create"
    assert bedrock.port.methods == ["GET", "PUT"]
    assert await in_port(bedrock) == (one.state["provider"], one.state["model"]) == after
    assert await one.read()
    assert await one.up(program) == "same"
    assert set(plain(one.inputs)) == {key}


async def test_only_what_is_given_is_put_right(bedrock: Plugin) -> None:
    await set_by_somebody(bedrock, "bedrock", HAIKU)
    one = bedrock.resource("LlmDefaults")
    await one.up({"provider": "bedrock"})
    await set_by_somebody(bedrock, "bedrock", SONNET)
    await one.read()
    assert await one.up({"provider": "bedrock"}) == "same"
    await set_by_somebody(bedrock, "openai", "gpt-5")
    await one.read()
    with pytest.raises(grpc.aio.AioRpcError, match=r"model is gpt-5, which bedrock does not have.*: give it"):
        await one.up({"provider": "bedrock"})
    assert await one.up({"provider": "bedrock", "model": HAIKU}) == "update"
    assert await in_port(bedrock) == ("bedrock", HAIKU)


async def test_residency_refuses_port_itself(bedrock: Plugin) -> None:
    one = bedrock.resource("LlmDefaults")
    _, failures = await one.check({"provider": "port", "model": SONNET, "dataResidency": "eu"})
    assert "dataResidency is eu" in failures["provider"]
    with pytest.raises(grpc.aio.AioRpcError, match=r"provider is port.*give it"):
        await one.up({"model": HAIKU, "dataResidency": "eu"})
    assert "PUT" not in bedrock.port.methods


async def test_killed_creation_goes_back_to_the_system_default(bedrock: Plugin) -> None:
    await bedrock.resource("LlmDefaults").up(PROGRAM)
    again = bedrock.resource("LlmDefaults")  # what stood there before was lost with the state
    assert await again.up(PROGRAM) == "create"
    await destroy(bedrock, again)
    assert await in_port(bedrock) == SYSTEM_DEFAULT


async def test_drift_is_found_and_put_right(bedrock: Plugin) -> None:
    one = bedrock.resource("LlmDefaults")
    await one.up(PROGRAM)
    await set_by_somebody(bedrock, "openai", "gpt-5")
    await one.read()
    assert await one.up(PROGRAM) == "update"
    assert await in_port(bedrock) == ("bedrock", SONNET)
    assert one.state["previousProvider"] == "port"


async def test_update_after_an_import_is_empty(bedrock: Plugin) -> None:
    await set_by_somebody(bedrock, "bedrock", SONNET)
    one = bedrock.resource("LlmDefaults")
    assert await one.read("defaults")
    assert await one.up(PROGRAM) == "same"
    with pytest.raises(grpc.aio.AioRpcError, match="with the id defaults"):
        await one.read("bedrock")


async def test_preview_calls_nobody(bedrock: Plugin) -> None:
    one = bedrock.resource("LlmDefaults")
    await one.up({**PROGRAM, "model": UNKNOWN}, preview=True)
    assert one.previewed[1]["previousProvider"] is UNKNOWN
    assert bedrock.port.calls == []


@pytest.mark.parametrize(
    ("change", "prop", "problem"),
    [
        ({"enabledModels": [HAIKU]}, "model", "not enabled for bedrock"),
        ({"model": "gpt-5", "enabledModels": None}, "model", "bedrock does not have"),
        ({"onRemoval": "forget"}, "onRemoval", "restore, system-default, keep"),
        ({"model": None, "provider": None}, "provider", "give at least one"),
        ({"on_removal": "keep"}, "on_removal", "onRemoval"),
    ],
)
async def test_bad_input_names_the_property(
    plugin: Plugin, change: dict[str, Any], prop: str, problem: str
) -> None:
    _, failures = await plugin.resource("LlmDefaults").check({**PROGRAM, **change})
    assert problem in failures[prop]


async def test_unknown_enabled_models_are_not_judged(plugin: Plugin) -> None:
    for enabled in (UNKNOWN, [UNKNOWN]):
        _, failures = await plugin.resource("LlmDefaults").check({**PROGRAM, "enabledModels": enabled})
        assert not failures


async def test_unknown_model_warns_and_passes(plugin: Plugin) -> None:
    program = {"provider": "bedrock", "model": "claude-opus-9"}
    _, failures = await plugin.resource("LlmDefaults").check(program)
    assert not failures
    assert "claude-opus-9" in plugin.warnings[0]
