import grpc
import pytest

from port_byollm.client.wire import DESCRIPTION_LENGTH
from port_byollm.plugin.secret import marked, unmarked
from port_byollm.plugin.values import UNKNOWN, has_secret, wrap

from .conftest import Plugin

NAME = "BEDROCK_ROLE_EXTERNAL_ID"
PATH = f"/v1/organization/secrets/{NAME}"
PROGRAM = {"secretName": NAME, "secretValue": "canary-1", "description": "An external ID"}


async def description_in_port(plugin: Plugin) -> str:
    found = await plugin.behind_its_back("GET", PATH)
    return str(found["secret"]["description"])


async def test_life(plugin: Plugin) -> None:
    secret = plugin.resource("Secret")
    assert await secret.up(PROGRAM) == "create"
    assert secret.id == NAME
    assert secret.state["secretValue"] == "canary-1"
    assert secret.state["description"] == "An external ID"
    assert secret.state["updatedAt"]
    plugin.port.calls.clear()
    assert await secret.up(PROGRAM) == "same"
    assert plugin.port.calls == []
    assert await secret.up({**PROGRAM, "secretValue": "canary-2"}) == "update"
    assert await secret.up({**PROGRAM, "secretValue": "canary-2", "description": None}) == "update"
    assert "description" not in secret.state
    assert await secret.up({**PROGRAM, "secretName": "OTHER"}) == "replace"
    await secret.delete()
    await secret.delete()  # gone already
    assert "canary" not in secret.in_the_clear()


async def test_description_in_port_carries_the_marker_and_fits(plugin: Plugin) -> None:
    secret = plugin.resource("Secret")
    room = DESCRIPTION_LENGTH - len(marked("", secret.urn)) - 1
    _, failures = await secret.check({**PROGRAM, "description": "x" * (room + 1)})
    assert str(room) in failures["description"]
    await secret.up({**PROGRAM, "description": "x" * room})
    assert len(await description_in_port(plugin)) == DESCRIPTION_LENGTH
    assert await description_in_port(plugin) == marked("x" * room, secret.urn)


def test_marker_names_project_stack_and_name_alone() -> None:
    urn = "urn:pulumi:dev::byollm::port-byollm:index:Secret::it"
    moved = "urn:pulumi:dev::byollm::port-byollm:index:Parent$port-byollm:index:Secret::it"
    assert marked("a", urn) == marked("a", moved)
    assert len({marked("a", urn.replace(old, "z")) for old in ("dev", "byollm::", "::it", "nothing")}) == 4
    assert unmarked(marked("a [b]", urn)) == "a [b]"
    assert unmarked(marked("", urn)) == ""
    assert unmarked(None) == ""


async def test_preview_calls_nobody(plugin: Plugin) -> None:
    secret = plugin.resource("Secret")
    assert await secret.up({**PROGRAM, "secretValue": UNKNOWN}, preview=True) == "create"
    assert secret.previewed == (NAME, {**PROGRAM, "secretValue": UNKNOWN, "updatedAt": UNKNOWN})
    await secret.up({**PROGRAM, "secretName": UNKNOWN}, preview=True)
    assert secret.previewed[0] == ""
    await secret.up(PROGRAM)
    plugin.port.calls.clear()
    assert await secret.up({**PROGRAM, "secretValue": UNKNOWN}, preview=True) == "update"
    assert plugin.port.calls == []


async def test_killed_creation_is_repeated(plugin: Plugin) -> None:
    await plugin.resource("Secret").up(PROGRAM)
    again = plugin.resource("Secret")  # the same resource, of which the state knows nothing
    assert await again.up({**PROGRAM, "secretValue": "canary-2"}) == "create"


async def test_somebody_elses_secret_is_not_overwritten(plugin: Plugin) -> None:
    await plugin.resource("Secret", "other").up(PROGRAM)
    secret = plugin.resource("Secret")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await secret.up(PROGRAM)
    text = caught.value.details()
    assert text is not None
    assert f"pulumi import port-byollm:index:Secret it {NAME} --generate-code=false" in text
    assert "canary" not in text
    assert await secret.up({**PROGRAM, "adopt": True}) == "create"


async def test_change_behind_its_back_is_found_and_put_right(plugin: Plugin) -> None:
    secret = plugin.resource("Secret")
    await secret.up(PROGRAM)
    assert await secret.read()
    assert await secret.up(PROGRAM) == "same"
    await plugin.behind_its_back("PATCH", PATH, {"secretValue": "tampered"})
    await secret.read()
    assert "canary" not in secret.in_the_clear()
    await secret.read()  # a second refresh does not forget it
    assert await secret.up(PROGRAM) == "update"
    assert await secret.up(PROGRAM) == "same"


async def test_changed_description_is_put_right(plugin: Plugin) -> None:
    secret = plugin.resource("Secret")
    await secret.up(PROGRAM)
    await plugin.behind_its_back("PATCH", PATH, {"description": "something else"})
    await secret.read()
    assert secret.state["description"] == "something else"
    assert await secret.up(PROGRAM) == "update"
    assert unmarked(await description_in_port(plugin)) == PROGRAM["description"]


async def test_gone_behind_its_back(plugin: Plugin) -> None:
    secret = plugin.resource("Secret")
    await secret.up(PROGRAM)
    await plugin.behind_its_back("DELETE", PATH)
    with pytest.raises(grpc.aio.AioRpcError, match="pulumi refresh"):
        await secret.up({**PROGRAM, "secretValue": "canary-2"})
    assert not await secret.read()
    assert await secret.up(PROGRAM) == "create"


async def test_imported_secret_is_left_alone_until_its_value_changes(plugin: Plugin) -> None:
    await plugin.behind_its_back(
        "POST", "/v1/organization/secrets", {"secretName": NAME, "secretValue": "theirs", "description": "d"}
    )
    secret = plugin.resource("Secret")
    assert await secret.read(NAME)
    assert "secretValue" not in secret.state
    _, failures = await secret.check({"secretName": NAME, "description": "d"})  # what an import checks
    assert not failures
    program = {"secretName": NAME, "secretValue": "canary-1", "description": "d"}
    plugin.port.calls.clear()
    assert await secret.up(program) == "same"
    assert await secret.up(program) == "same"
    assert plugin.port.calls == []
    assert await secret.up({**program, "description": "e"}) == "update"
    assert "secretValue" not in secret.state
    assert await secret.up({**program, "description": "e", "secretValue": "canary-2"}) == "update"
    assert secret.state["secretValue"] == "canary-2"
    assert "canary" not in secret.in_the_clear()


@pytest.mark.parametrize(
    ("change", "prop", "problem"),
    [
        ({"secretName": "has space"}, "secretName", "1 to 100"),
        ({"secretName": "a\n"}, "secretName", "1 to 100"),
        ({"secretName": None}, "secretName", "missing"),
        ({"secretValue": None}, "secretValue", "missing"),
        ({"secretValue": 5}, "secretValue", "not text"),
        ({"adopt": "yes"}, "adopt", "not true or false"),
        ({"secret_name": "x"}, "secret_name", "secretName"),
    ],
)
async def test_bad_input_names_the_property(
    plugin: Plugin, change: dict[str, object], prop: str, problem: str
) -> None:
    _, failures = await plugin.resource("Secret").check({**PROGRAM, **change})
    assert problem in failures[prop]


async def test_failure_about_a_secret_names_no_property(plugin: Plugin) -> None:
    value = wrap("", secret=True)
    _, failures = await plugin.resource("Secret").check({**PROGRAM, "secretValue": value})
    assert failures == {"": "secretValue is empty"}


async def test_value_is_a_secret_even_where_the_program_forgot(plugin: Plugin) -> None:
    inputs, _ = await plugin.resource("Secret").check(PROGRAM)
    assert has_secret(inputs["secretValue"])
