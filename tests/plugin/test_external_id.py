import re

import grpc
import pytest

from port_byollm.plugin import trusted_external_id
from port_byollm.plugin.values import UNKNOWN

from .conftest import Plugin

ROLE = "arn:aws:iam::111122223333:role/gateway"


async def test_value_is_what_aws_allows_and_nobody_can_guess(plugin: Plugin) -> None:
    values = set()
    for _ in range(3):  # with the same random seed each time
        one = plugin.resource("ExternalId")
        await one.up({"rotation": "2026-11"})
        values.add(one.state["value"])
    assert len(values) == 3
    for value in values:
        assert re.fullmatch(r"[\w+=,.@:/-]{32,1224}", value, re.ASCII)


async def test_life(plugin: Plugin) -> None:
    one = plugin.resource("ExternalId")
    assert await one.up({"rotation": "a"}) == "create"
    first = one.state
    assert (first["previous"], first["generation"]) == ([], 0)
    assert await one.up({"rotation": "a"}) == "same"
    assert await one.read()
    assert one.state == first
    assert await one.up({"rotation": "b"}) == "update"
    second = one.state
    assert (second["previous"], second["generation"]) == ([first["value"]], 1)
    assert second["value"] != first["value"]
    assert await one.up({"rotation": "b"}) == "same"
    assert await one.up({"rotation": "c"}) == "update"
    third = one.state
    # The second rotation may have failed, and the first value be the one that Port uses.
    assert (third["previous"], third["generation"]) == ([second["value"], first["value"]], 2)
    assert await one.up({"rotation": "a"}) == "update"
    assert one.state["value"] != first["value"]
    before = [state["value"] for state in (third, second, first)]
    assert (one.state["previous"], one.state["generation"]) == (before, 3)
    for value in (first["value"], second["value"], third["value"], one.state["value"]):
        assert value not in one.in_the_clear()
    await one.delete()
    assert plugin.port.calls == []


async def test_previous_value_is_forgotten_in_place_and_for_good(plugin: Plugin) -> None:
    one = plugin.resource("ExternalId")
    await one.up({"rotation": "a", "keepPrevious": True})
    await one.up({"rotation": "b", "keepPrevious": True})
    second = one.state
    assert await one.up({"rotation": "b"}) == "same"
    assert await one.up({"rotation": "b", "keepPrevious": False}) == "update"
    assert one.state == {**second, "previous": []}
    assert await one.up({"rotation": "b", "keepPrevious": False}) == "same"
    assert await one.up({"rotation": "b"}) == "same"
    assert await one.up({"rotation": "c"}) == "update"
    assert one.state["previous"] == [second["value"]]


async def test_previous_value_is_not_forgotten_while_port_still_has_it(plugin: Plugin) -> None:
    one = plugin.resource("ExternalId")
    await one.up({"rotation": "a", "keepPrevious": False})
    _, failures = await one.check({"rotation": "b", "keepPrevious": False})
    assert "would fail" in failures["keepPrevious"]


async def test_no_rotation_forgets_a_value_and_so_there_is_a_last_one(plugin: Plugin) -> None:
    one = plugin.resource("ExternalId")
    for rotation in "abcd":
        await one.up({"rotation": rotation})
    last = one.state
    assert len(last["previous"]) == 3

    _, failures = await one.check({"rotation": "e"})

    assert "Set it back to 'd'" in failures["rotation"]
    assert await one.up({"rotation": "d"}) == "same"
    assert await one.up({"rotation": "d", "keepPrevious": False}) == "update"
    assert await one.up({"rotation": "e"}) == "update"
    assert one.state["previous"] == [last["value"]]


SECRET = "EXTERNAL_ID"  # a name


async def _register(plugin: Plugin, config: dict[str, str]) -> None:
    body = {"config": {"region": "eu-west-1", **config}}
    await plugin.behind_its_back("PUT", "/v1/llm-providers/bedrock?validate_connection=false", body)


@pytest.mark.parametrize("used", [SECRET, f"{SECRET}-2", "another"])
async def test_no_value_is_forgotten_while_the_registration_names_another_secret(
    plugin: Plugin, used: str
) -> None:
    one = plugin.resource("ExternalId")
    for rotation in "abc":
        await one.up({"rotation": rotation, "secretName": SECRET})
    before = one.state
    await _register(plugin, {"roleArn": ROLE, "externalIdSecretName": used})

    forgetting = {"rotation": "c", "secretName": SECRET, "keepPrevious": False}
    with pytest.raises(grpc.aio.AioRpcError, match=f"from the secret {used} instead of {SECRET}-3"):
        await one.up(forgetting)

    assert one.state == before
    await one.up(forgetting, preview=True)
    assert plugin.port.calls.count(("GET", "/v1/llm-providers/bedrock")) == 1, "a preview does not ask"


@pytest.mark.parametrize(
    "config",
    [
        None,
        {"roleArn": ROLE, "externalIdSecretName": f"{SECRET}-2"},
        {"roleArn": ROLE},
        {"accessKeyIdSecretName": "id", "secretAccessKeySecretName": "key"},
    ],
)
async def test_values_are_forgotten_once_the_registration_does_not_need_them(
    plugin: Plugin, config: dict[str, str] | None
) -> None:
    one = plugin.resource("ExternalId")
    for rotation in "ab":
        await one.up({"rotation": rotation, "secretName": SECRET})
    if config:
        await _register(plugin, config)

    assert await one.up({"rotation": "b", "secretName": SECRET, "keepPrevious": False}) == "update"

    assert one.state["previous"] == []


async def test_naming_the_secret_is_no_change(plugin: Plugin) -> None:
    one = plugin.resource("ExternalId")
    await one.up({"rotation": "a"})
    assert await one.up({"rotation": "a", "secretName": SECRET}) == "same"


async def test_unknown_whether_to_keep_makes_only_a_value_unknown(plugin: Plugin) -> None:
    one = plugin.resource("ExternalId")
    await one.up({"rotation": "a"})
    inputs, _ = await one.check({"rotation": "a", "keepPrevious": UNKNOWN})
    assert not (await one.diff(inputs)).detailedDiff
    await one.up({"rotation": "b"})
    inputs, _ = await one.check({"rotation": "b", "keepPrevious": UNKNOWN})
    assert set((await one.diff(inputs)).detailedDiff) == {"previous"}


async def test_known_at_preview(plugin: Plugin) -> None:
    one = plugin.resource("ExternalId")
    await one.up({"rotation": "a"}, preview=True)
    assert isinstance(one.previewed[1]["value"], str)
    assert (one.previewed[1]["previous"], one.previewed[1]["generation"]) == ([], 0)


async def test_unknown_rotation_makes_everything_unknown_once_there_is_a_value(plugin: Plugin) -> None:
    one = plugin.resource("ExternalId")
    await one.up({"rotation": "a"})
    inputs, _ = await one.check({"rotation": UNKNOWN})
    difference = await one.diff(inputs)
    assert set(difference.detailedDiff) == {"rotation", "value", "previous", "generation"}


async def test_imported_by_the_role_that_demands_it(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trusted_external_id, "trusted_external_id", {ROLE: "the-value"}.__getitem__)
    one = plugin.resource("ExternalId")
    assert await one.read(ROLE)
    assert one.id == "it"
    assert one.state == {"rotation": "1", "value": "the-value", "previous": [], "generation": 0}
    assert "the-value" not in one.in_the_clear()

    _, failures = await one.check(one.inputs)  # as the engine does after an import
    assert not failures
    assert await one.up({"rotation": "1", "keepPrevious": True}) == "same"
    assert await one.up({"rotation": "2", "keepPrevious": True}) == "update"
    assert (one.state["previous"], one.state["generation"]) == (["the-value"], 1)


async def test_import_says_what_it_takes(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.delenv("AWS_PROFILE")
    with pytest.raises(grpc.aio.AioRpcError, match="by the ARN of the role that accepts it"):
        await plugin.resource("ExternalId").read(ROLE)


async def test_value_cannot_be_given(plugin: Plugin) -> None:
    _, failures = await plugin.resource("ExternalId").check({"rotation": "a", "value": "mine"})
    assert "it takes keepPrevious, rotation, secretName" in failures["value"]
