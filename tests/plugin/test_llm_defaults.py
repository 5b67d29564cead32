from typing import Any

import grpc
import pytest

from port_byollm.catalogue import SYSTEM_DEFAULT
from port_byollm.plugin.values import UNKNOWN

from .conftest import Plugin

HAIKU, SONNET = "claude-haiku-4-5-20251001", "claude-sonnet-4-5-20250929"
PROGRAM: dict[str, Any] = {
    "provider": "bedrock",
    "model": SONNET,
    "enabledModels": [HAIKU, SONNET],
    "onRemoval": "restore",
}
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
    await one.delete()
    assert await in_port(bedrock) == SYSTEM_DEFAULT


async def test_removal_restores_what_stood_there_before(bedrock: Plugin) -> None:
    await set_by_somebody(bedrock, "openai", "gpt-5")
    one = bedrock.resource("LlmDefaults")
    await one.up({**PROGRAM, "dataResidency": "eu"})
    await one.delete()
    assert await in_port(bedrock) == ("openai", "gpt-5")


@pytest.mark.parametrize(
    ("on_removal", "left"), [("keep", ("bedrock", SONNET)), ("system-default", SYSTEM_DEFAULT)]
)
async def test_removal_does_as_told(bedrock: Plugin, on_removal: str, left: tuple[str, str]) -> None:
    await set_by_somebody(bedrock, "openai", "gpt-5")
    one = bedrock.resource("LlmDefaults")
    await one.up({**PROGRAM, "onRemoval": on_removal, "dataResidency": "eu"})
    await one.delete()
    assert await in_port(bedrock) == left


async def test_removal_leaves_what_somebody_else_has_set_since(bedrock: Plugin) -> None:
    one = bedrock.resource("LlmDefaults")
    await one.up(PROGRAM)
    await set_by_somebody(bedrock, "openai", "gpt-5")
    await one.delete()
    assert await in_port(bedrock) == ("openai", "gpt-5")
    assert "left as it is" in bedrock.warnings[0]


async def test_residency_refuses_early_what_would_end_at_port(bedrock: Plugin) -> None:
    one = bedrock.resource("LlmDefaults")
    with pytest.raises(grpc.aio.AioRpcError, match="dataResidency is eu"):
        await one.up({**PROGRAM, "dataResidency": "eu"})
    assert "PUT" not in bedrock.port.methods
    await one.up(PROGRAM)
    with pytest.raises(grpc.aio.AioRpcError, match="set onRemoval to keep"):
        await one.up({**PROGRAM, "dataResidency": "eu"}, preview=True)


async def test_killed_creation_goes_back_to_the_system_default(bedrock: Plugin) -> None:
    await bedrock.resource("LlmDefaults").up(PROGRAM)
    again = bedrock.resource("LlmDefaults")  # what stood there before was lost with the state
    assert await again.up(PROGRAM) == "create"
    await again.delete()
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
        ({"model": None}, "model", "missing"),
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
