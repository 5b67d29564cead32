import asyncio
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2

from port_byollm.plugin.values import UNKNOWN, wrap

from .conftest import Plugin

HAIKU, SONNET, OLD = "claude-haiku-4-5-20251001", "claude-sonnet-4-5-20250929", "claude-sonnet-4-20250514"
ROLE = {
    "roleArn": "arn:aws:iam::111122223333:role/port-byollm",
    "externalIdSecretName": "BEDROCK_ROLE_EXTERNAL_ID",
    "region": "eu-west-1",
}
PROGRAM: dict[str, Any] = {
    "provider": "bedrock",
    "config": ROLE,
    "enabled": True,
    "models": {HAIKU: True, SONNET: True},
    "validateConnection": True,
    "validationTimeout": 60,
}
PATH = "/v1/llm-providers/bedrock"


async def in_port(plugin: Plugin) -> dict[str, Any]:
    return dict((await plugin.behind_its_back("GET", PATH))["result"])


async def enabled_in_port(plugin: Plugin) -> set[str]:
    return {name for name, model in (await in_port(plugin))["effectiveModels"].items() if model["enabled"]}


async def test_life(plugin: Plugin) -> None:
    one = plugin.resource("LlmProvider")
    assert await one.up(PROGRAM) == "create"
    assert one.id == "bedrock"
    assert one.state == {
        "provider": "bedrock",
        "config": ROLE,
        "enabled": True,
        "models": {HAIKU: True, SONNET: True},
        "effectiveModels": [HAIKU, SONNET],
    }
    assert await enabled_in_port(plugin) == {HAIKU, SONNET}
    plugin.port.calls.clear()
    assert await one.up(PROGRAM) == "same"
    assert plugin.port.calls == []
    assert await one.up({**PROGRAM, "models": {HAIKU: True}}) == "update"
    assert await enabled_in_port(plugin) == {HAIKU}
    assert await one.up({**PROGRAM, "models": {HAIKU: True}, "enabled": False}) == "update"
    assert (await in_port(plugin))["enabled"] is False
    assert await one.up({"provider": "openai", "config": {"apiKeySecretName": "k"}}) == "replace"
    await one.delete()
    await one.delete()  # gone already


async def test_preview_knows_the_models_and_calls_nobody(plugin: Plugin) -> None:
    one = plugin.resource("LlmProvider")
    await one.up({**PROGRAM, "config": {**ROLE, "roleArn": UNKNOWN}}, preview=True)
    assert one.previewed[0] == "bedrock"
    assert one.previewed[1]["effectiveModels"] == [HAIKU, SONNET]
    await one.up({**PROGRAM, "models": None, "config": UNKNOWN}, preview=True)
    assert one.previewed[1]["effectiveModels"] == sorted([HAIKU, SONNET, OLD])
    await one.up({**PROGRAM, "models": {HAIKU: UNKNOWN}}, preview=True)
    assert one.previewed[1]["effectiveModels"] is UNKNOWN
    await one.up({**PROGRAM, "provider": UNKNOWN}, preview=True)
    assert one.previewed == ("", {**one.previewed[1], "effectiveModels": UNKNOWN})
    assert plugin.port.calls == []


async def test_models_written_otherwise_are_the_same(plugin: Plugin) -> None:
    one = plugin.resource("LlmProvider")
    await one.up(PROGRAM)
    assert await one.up({**PROGRAM, "models": {HAIKU: True, SONNET: True, OLD: False}}) == "same"
    assert await one.up({**PROGRAM, "validateConnection": False, "adopt": True}) == "same"


async def test_diff_names_the_property(plugin: Plugin) -> None:
    one = plugin.resource("LlmProvider")
    await one.up(PROGRAM)
    news, _ = await one.check({**PROGRAM, "config": {**ROLE, "region": "eu-west-3"}, "models": {HAIKU: True}})
    difference = await one.diff(news)
    assert set(difference.detailedDiff) == {"config", "models"}
    assert list(difference.replaces) == []


async def test_new_role_is_tried_until_it_can_be_assumed(plugin: Plugin) -> None:
    plugin.port.verdicts = [{HAIKU: "AccessDenied"}] * 3
    await plugin.resource("LlmProvider").up(PROGRAM)
    assert plugin.waits == [1, 2, 4]


async def test_change_with_nothing_new_to_rest_on_fails_at_once(plugin: Plugin) -> None:
    one = plugin.resource("LlmProvider")
    await one.up({**PROGRAM, "triggers": {"role": "a"}})
    plugin.port.verdicts = [{HAIKU: "no"}]
    with pytest.raises(grpc.aio.AioRpcError, match=f"failed; nothing was saved[^$]*{HAIKU}: no"):
        await one.up({**PROGRAM, "triggers": {"role": "a"}, "models": {HAIKU: True}})
    assert plugin.waits == []


@pytest.mark.parametrize("change", [{"triggers": {"role": "b"}}, {"config": {**ROLE, "region": "eu-west-3"}}])
async def test_what_has_just_changed_is_waited_for(plugin: Plugin, change: dict[str, Any]) -> None:
    one = plugin.resource("LlmProvider")
    await one.up({**PROGRAM, "triggers": {"role": "a"}})
    plugin.port.verdicts = [{HAIKU: "no"}] * 2
    assert await one.up({**PROGRAM, "triggers": {"role": "a"}, **change}) == "update"
    assert plugin.waits[:2] == [1, 2]
    assert await one.up({**PROGRAM, "triggers": {"role": "a"}, **change}) == "same"


async def test_requests_that_began_with_another_config_are_given_time_to_end(plugin: Plugin) -> None:
    one = plugin.resource("LlmProvider")
    await one.up(PROGRAM)
    await one.up({**PROGRAM, "models": {HAIKU: True}})
    assert plugin.waits == []
    await one.up({**PROGRAM, "config": {**ROLE, "externalIdSecretName": "BEDROCK_ROLE_EXTERNAL_ID-2"}})
    assert plugin.waits == [3]


async def test_interrupted_wait_is_taken_up_again(plugin: Plugin) -> None:
    one = plugin.resource("LlmProvider")
    await one.up({**PROGRAM, "triggers": {"role": "a"}})
    for waits in ([1, 2], [1, 2, 1, 2]):  # the state is that of the last update that succeeded
        plugin.port.verdicts = [{HAIKU: "no"}] * 3
        with pytest.raises(grpc.aio.AioRpcError):
            await one.up({**PROGRAM, "triggers": {"role": "b"}, "validationTimeout": 3})
        assert plugin.waits == waits


async def test_interrupted_engine_ends_the_wait_at_once(plugin: Plugin) -> None:
    plugin.port.verdicts = [{HAIKU: "AccessDenied"}] * 99
    plugin.clock.stopped = True
    creation = asyncio.create_task(plugin.resource("LlmProvider").up(PROGRAM))
    await asyncio.wait_for(plugin.clock.waited_for.wait(), 5)
    await plugin.stub.Cancel(empty_pb2.Empty())
    with pytest.raises(grpc.aio.AioRpcError, match=f"^[^$]*Interrupted while trying again[^$]*{HAIKU}: Acc"):
        await asyncio.wait_for(creation, 5)
    assert (await plugin.behind_its_back("GET", PATH))["ok"] is False


async def test_triggers_concern_the_test_alone(plugin: Plugin) -> None:
    one = plugin.resource("LlmProvider")
    await one.up(PROGRAM)
    assert await one.up({**PROGRAM, "triggers": {"role": "a"}}) == "same"  # as after an import
    news, _ = await one.check({**PROGRAM, "triggers": {"role": UNKNOWN}})
    assert set((await one.diff(news)).detailedDiff) == {"triggers"}
    news, _ = await one.check({**PROGRAM, "triggers": {"role": "b"}, "validateConnection": False})
    assert not (await one.diff(news)).detailedDiff
    assert await one.up(PROGRAM) == "same"
    assert "triggers" not in one.state


async def test_test_that_keeps_failing_says_what_to_look_at(plugin: Plugin) -> None:
    plugin.port.verdicts = [{HAIKU: "not authorized to perform sts:AssumeRole", SONNET: "no access"}] * 99
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await plugin.resource("LlmProvider").up({**PROGRAM, "validationTimeout": 20})
    text = caught.value.details() or ""
    assert sum(plugin.waits) <= 20
    for expected in (
        f"{HAIKU}: not authorized to perform sts:AssumeRole",
        f"{SONNET}: no access",
        f"trust policy of {ROLE['roleArn']}",
        "secret BEDROCK_ROLE_EXTERNAL_ID",
        "two ARNs",
        "model access",
    ):
        assert expected in text
    assert (await plugin.behind_its_back("GET", PATH))["ok"] is False  # nothing was saved


async def test_previous_registration_stands_after_a_failed_change(plugin: Plugin) -> None:
    one = plugin.resource("LlmProvider")
    await one.up(PROGRAM)
    plugin.port.verdicts = [{HAIKU: "no"}]
    with pytest.raises(grpc.aio.AioRpcError, match="what was registered before still stands"):
        await one.up({**PROGRAM, "models": {HAIKU: True}, "validationTimeout": 0})
    assert await enabled_in_port(plugin) == {HAIKU, SONNET}
    assert await one.up({**PROGRAM, "models": {HAIKU: True}}) == "update"


async def test_killed_creation_is_repeated_and_proved_again(plugin: Plugin) -> None:
    await plugin.resource("LlmProvider").up(PROGRAM)
    plugin.port.calls.clear()
    again = plugin.resource("LlmProvider")
    assert await again.up({**PROGRAM, "models": {SONNET: True}}) == "create"
    assert plugin.port.methods == ["GET", "PUT"]
    assert await enabled_in_port(plugin) == {SONNET}


async def test_lost_answer_to_a_creation_is_found(plugin: Plugin) -> None:
    plugin.port.lose = ["POST"]
    one = plugin.resource("LlmProvider")
    # The token's own POST is not among them: it is fetched by the first GET.
    await plugin.resource("Secret", "warm-up").read("nothing")
    assert await one.up(PROGRAM) == "create"
    assert one.state["effectiveModels"] == [HAIKU, SONNET]


async def test_another_registration_is_not_overwritten(plugin: Plugin) -> None:
    await plugin.resource("LlmProvider").up({**PROGRAM, "config": {**ROLE, "region": "eu-west-3"}})
    one = plugin.resource("LlmProvider", "mine")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await one.up(PROGRAM)
    text = "pulumi import port-byollm:index:LlmProvider mine bedrock --generate-code=false"
    assert text in (caught.value.details() or "")
    assert await one.up({**PROGRAM, "adopt": True}) == "create"
    assert (await in_port(plugin))["config"] == ROLE


async def test_update_after_an_import_is_empty(plugin: Plugin) -> None:
    await plugin.resource("LlmProvider").up(PROGRAM)
    one = plugin.resource("LlmProvider")
    assert await one.read("bedrock")
    assert one.state["models"] == {HAIKU: True, SONNET: True, OLD: False}
    assert set(one.state) == {"provider", "config", "enabled", "models", "effectiveModels"}
    assert await one.up(PROGRAM) == "same"


async def test_refresh_without_changes_keeps_inputs_as_written(plugin: Plugin) -> None:
    one = plugin.resource("LlmProvider")
    written = {"provider": "bedrock", "config": {**ROLE, "region": wrap("eu-west-1", secret=True)}}
    await one.up(written)
    before = dict(one.inputs)
    await one.read()
    assert one.inputs == before  # secrets marked again, nothing added
    assert "eu-west-1" not in one.in_the_clear()
    assert await one.up(written) == "same"


@pytest.mark.parametrize(
    "change",
    [
        {"enabled": False},
        {"config": {**ROLE, "region": "eu-west-3"}},
        {"overrides": {"models": {"gpt-5": {}, HAIKU: {}, SONNET: {"enabled": False}, OLD: {}}}},
    ],
)
async def test_drift_is_found_and_put_right(plugin: Plugin, change: dict[str, Any]) -> None:
    one = plugin.resource("LlmProvider")
    await one.up(PROGRAM)
    before = await in_port(plugin)
    kept = {key: before[key] for key in ("config", "enabled", "overrides")}
    await plugin.behind_its_back("PUT", PATH, {**kept, **change})
    await one.read()
    assert await one.up(PROGRAM) == "update"
    after = await in_port(plugin)
    assert {key: after[key] for key in kept} == kept


async def test_gone_behind_its_back(plugin: Plugin) -> None:
    one = plugin.resource("LlmProvider")
    await one.up(PROGRAM)
    await plugin.behind_its_back("DELETE", PATH)
    assert not await one.read()
    assert await one.up(PROGRAM) == "create"


@pytest.mark.parametrize(
    ("change", "prop", "problem"),
    [
        (
            {"config": {**ROLE, "roleArn": "arn:aws:iam::111122223333:role/a/b"}},
            "",
            "config.roleArn has the IAM path",
        ),
        (
            {"config": {**ROLE, "roleArn": "arn:aws-cn:iam::111122223333:role/b"}},
            "",
            "config.roleArn is in the partition",
        ),
        ({"config": {**ROLE, "region": "eu-west-1a"}}, "", "config.region is not a region"),
        ({"config": {**ROLE, "rolearn": "x"}}, "", "config.rolearn is not"),
        ({"config": {"region": "eu-west-1"}}, "config", "neither way"),
        ({"config": {**ROLE, "accessKeyIdSecretName": "k"}}, "config", "leave one of them out"),
        ({"config": None}, "config", "missing"),
        ({"config": "x"}, "config", "not a map"),
        ({"models": {"gpt-5": True}}, "models", "bedrock does not have"),
        ({"models": {HAIKU: "on"}}, "models", "neither true nor false"),
        ({"validationTimeout": -1}, "validationTimeout", "0 to 3600"),
        ({"provider": "port"}, "provider", "no registration"),
        ({"Models": {}}, "Models", "it takes adopt, config"),
    ],
)
async def test_bad_input_names_the_property(
    plugin: Plugin, change: dict[str, Any], prop: str, problem: str
) -> None:
    _, failures = await plugin.resource("LlmProvider").check({**PROGRAM, **change})
    assert problem in failures[prop]


async def test_unknown_values_are_not_judged(plugin: Plugin) -> None:
    config = {**ROLE, "roleArn": UNKNOWN, "region": UNKNOWN, "externalIdSecretName": UNKNOWN}
    for change in ({"config": config}, {"config": UNKNOWN}, {"models": UNKNOWN}, {"enabled": UNKNOWN}):
        _, failures = await plugin.resource("LlmProvider").check({**PROGRAM, **change})
        assert not failures


async def test_unknown_provider_and_model_warn_and_pass(plugin: Plugin) -> None:
    one = plugin.resource("LlmProvider")
    _, failures = await one.check({"provider": "acme-llm", "config": {"x": "y"}, "models": {"m": True}})
    assert not failures
    _, failures = await one.check({**PROGRAM, "models": {"claude-opus-4-6": True}})
    assert not failures
    assert [("acme-llm" in line, "claude-opus-4-6" in line) for line in plugin.warnings] == [
        (True, False),
        (False, True),
    ]


COMPATIBLE: dict[str, Any] = {
    "baseUrl": "https://llm.example.com/v1",
    "apiKeySecretName": "litellm-key",
    "customHeaders": {"x-team": "platform"},
    "models": ["gpt-oss", "qwen-3"],
    "timeout": 30,
}


@pytest.mark.parametrize(
    ("provider", "config"),
    [
        ("openai-compatible", COMPATIBLE),
        (
            "vertex-anthropic",
            {
                "clientEmailSecretName": "email",
                "privateKeySecretName": "key",
                "project": "p",
                "location": "europe-west1",
            },
        ),
    ],
)
async def test_life_of_a_provider_with_an_open_config(
    plugin: Plugin, provider: str, config: dict[str, Any]
) -> None:
    program = {"provider": provider, "config": config, "models": {"m-1": True, "m-2": False}}
    one = plugin.resource("LlmProvider")
    assert await one.up(program) == "create"
    assert (one.state["config"], one.state["effectiveModels"]) == (config, ["m-1"])
    assert await one.read()
    assert await one.up(program) == "same"
    again = plugin.resource("LlmProvider")
    assert await again.read(provider)
    assert await again.up(program) == "same"
    changed = {**program, "config": {**config, "extra": {"deep": [1, {"x": True}]}}, "models": {"m-2": True}}
    assert await one.up(changed) == "update"
    assert (one.state["config"], one.state["effectiveModels"]) == (changed["config"], ["m-2"])
    assert plugin.warnings == []
    plugin.restart()
    await one.delete()
    assert not await one.read()


async def test_secret_in_a_config_is_in_no_error_and_no_state(plugin: Plugin) -> None:
    config = {**ROLE, "roleArn": wrap(ROLE["roleArn"], secret=True)}
    one = plugin.resource("LlmProvider")
    plugin.port.verdicts = [{HAIKU: f"may not assume {ROLE['roleArn']}"}]
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await one.up({**PROGRAM, "config": config, "validationTimeout": 0})
    assert "may not assume [secret]" in (caught.value.details() or "")
    assert "port-byollm" not in (caught.value.details() or "")
    await one.up({**PROGRAM, "config": config})
    assert ROLE["roleArn"] not in one.in_the_clear()
