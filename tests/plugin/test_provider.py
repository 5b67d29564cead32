"""What belongs to no one resource: configuration, schema, dispatch, start-up."""

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime.proto import provider_pb2

from port_byollm.plugin import VERSION
from port_byollm.plugin.connection import CONFIG_KEYS, Connection
from port_byollm.plugin.external_id import ExternalId
from port_byollm.plugin.llm_defaults import LlmDefaults
from port_byollm.plugin.llm_provider import LlmProvider
from port_byollm.plugin.ownership import Ownership
from port_byollm.plugin.resource import Resource, Urn, import_command
from port_byollm.plugin.secret import Secret
from port_byollm.plugin.values import UNKNOWN

from .conftest import Plugin, struct, wrapped

PLUGIN_FOLDER = Path(sys.modules["port_byollm.plugin"].__file__ or "").parent


async def schema(plugin: Plugin) -> dict[str, Any]:
    return dict(json.loads((await plugin.stub.GetSchema(provider_pb2.GetSchemaRequest())).schema))


@pytest.mark.parametrize("kind", [ExternalId, LlmDefaults, LlmProvider, Ownership, Secret])
async def test_schema_has_the_inputs_that_check_takes(plugin: Plugin, kind: type[Resource]) -> None:
    described = (await schema(plugin))["resources"][kind.token]
    assert set(described["inputProperties"]) == kind.required | kind.optional
    assert set(described["requiredInputs"]) == kind.required
    assert set(described["required"]) <= set(described["properties"])


async def test_schema_marks_secrets_and_has_the_version(plugin: Plugin) -> None:
    found = await schema(plugin)
    assert found["version"] == VERSION == importlib.metadata.version("port-byollm")
    secret = found["resources"][Secret.token]
    assert secret["properties"]["secretValue"]["secret"]
    assert secret["inputProperties"]["secretValue"]["secret"]
    assert set(found["config"]["variables"]) == CONFIG_KEYS
    assert found["config"]["variables"]["clientSecret"]["secret"]


async def test_check_config_refuses_unknown_settings_and_keeps_the_secret(plugin: Plugin) -> None:
    news = wrapped({"clientSecret": "canary", "clientID": "x", "version": "1.0.0"})
    answer = await plugin.stub.CheckConfig(provider_pb2.CheckRequest(news=struct(news)))
    assert [failure.property for failure in answer.failures] == ["clientID"]
    assert "baseUrl, clientId, clientSecret" in answer.failures[0].reason
    assert PropertyValue.unmarshal_map(answer.inputs)["clientSecret"].is_secret


async def test_check_config_refuses_an_address_that_is_not_https(plugin: Plugin) -> None:
    news = wrapped({"baseUrl": "http://api.port.io"})
    answer = await plugin.stub.CheckConfig(provider_pb2.CheckRequest(news=struct(news)))
    assert [failure.property for failure in answer.failures] == ["baseUrl"]
    assert "https" in answer.failures[0].reason


async def test_diff_config_names_what_changed(plugin: Plugin) -> None:
    olds, news = wrapped({"baseUrl": "https://a"}), wrapped({"baseUrl": "https://b"})
    answer = await plugin.stub.DiffConfig(provider_pb2.DiffRequest(olds=struct(olds), news=struct(news)))
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(answer.diffs) == ["baseUrl"]
    answer = await plugin.stub.DiffConfig(provider_pb2.DiffRequest(olds=struct(olds), news=struct(olds)))
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE


async def test_unknown_resource_is_named(plugin: Plugin) -> None:
    with pytest.raises(grpc.aio.AioRpcError, match="port-byollm:index:Nothing is not a resource"):
        await plugin.resource("Nothing").up({})


@pytest.mark.parametrize("config", [{}, {"clientId": UNKNOWN, "clientSecret": UNKNOWN, "baseUrl": UNKNOWN}])
def test_missing_credentials_say_where_to_put_them(
    monkeypatch: pytest.MonkeyPatch, config: dict[str, Any]
) -> None:
    monkeypatch.setenv("PORT_BASE_URL", "https://api.port.io")
    monkeypatch.setenv("PORT_CLIENT_ID", "id")
    monkeypatch.delenv("PORT_CLIENT_SECRET", raising=False)
    connection = Connection()
    connection.configure(config)
    with pytest.raises(
        Exception, match=r"config set --secret port-byollm:clientSecret .* PORT_CLIENT_SECRET"
    ):
        connection.port()


async def test_configuration_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PORT_BASE_URL": "https://env",
        "PORT_CLIENT_ID": "i",
        "PORT_CLIENT_SECRET": "s",
    }.items():
        monkeypatch.setenv(name, value)
    connection = Connection()
    assert "https://env" in repr(connection.port())
    connection.configure({"baseUrl": "https://config"})
    assert "https://config" in repr(connection.port())


def test_urn_is_taken_apart() -> None:
    urn = Urn("urn:pulumi:dev::proj::a:b:Parent$port-byollm:index:Secret::na::me")
    assert (urn.stack, urn.project, urn.parents, urn.token, urn.name) == (
        "dev",
        "proj",
        "a:b:Parent",
        "port-byollm:index:Secret",
        "na::me",
    )


def test_import_command_of_a_child_names_its_parent() -> None:
    command = import_command("urn:pulumi:dev::proj::a:b:Parent$port-byollm:index:Secret::it", "the-id")
    assert command.startswith("pulumi import port-byollm:index:Secret it the-id --parent ")
    assert "a:b:Parent" in command


PROGRAMS: dict[type[Resource], dict[str, Any]] = {
    ExternalId: {"rotation": "a"},
    LlmDefaults: {"provider": "openai", "model": "gpt-5", "enabledModels": ["gpt-5"]},
    LlmProvider: {"provider": "openai", "config": {"apiKeySecretName": "k"}, "models": {"gpt-5": True}},
    Ownership: {"owner": "acme/byollm/prod", "manages": ["bedrock"]},
    Secret: {"secretName": "k", "secretValue": "canary"},
}


@pytest.mark.parametrize("kind", PROGRAMS)
async def test_only_changed_inputs_are_validated(
    plugin: Plugin, monkeypatch: pytest.MonkeyPatch, kind: type[Resource]
) -> None:
    one, program, validated = plugin.resource(kind.__name__), PROGRAMS[kind], []
    one.inputs, _ = await one.check(program)

    async def validate(self: Resource, request: Any, news: Any, problems: Any) -> None:
        validated.append(news)

    monkeypatch.setattr(kind, "check_values", validate)
    inputs, _ = await one.check(program)
    assert (inputs, validated) == (one.inputs, [])
    first, *others = program
    changes: list[dict[str, Any]] = [{first: "other"}, {first: UNKNOWN}, *({key: None} for key in others)]
    for change in changes:
        await one.check({**program, **change})
        assert validated.pop() != program
    _, failures = await one.check({**program, "extra": "x"})
    assert "extra" in failures


@pytest.mark.parametrize("kind", [LlmDefaults, LlmProvider, Ownership, Secret])
async def test_what_has_another_name_now_is_not_removed(plugin: Plugin, kind: type[Resource]) -> None:
    await plugin.resource("LlmProvider").up(PROGRAMS[LlmProvider])
    one, renamed = plugin.resource(kind.__name__), plugin.resource(kind.__name__, "other")
    program = {**PROGRAMS[kind], **({"adopt": True} if "adopt" in kind.optional else {})}
    await one.up(program)
    plugin.restart()
    await renamed.up(program)
    plugin.port.calls.clear()
    await one.delete()
    assert plugin.port.calls == []
    assert await renamed.read()


@pytest.mark.parametrize("kind", [LlmDefaults, LlmProvider, Ownership, Secret])
async def test_what_is_replaced_by_itself_is_not_removed(plugin: Plugin, kind: type[Resource]) -> None:
    """`pulumi up --replace`, and the update after one that was killed before it had removed the old entry."""
    await plugin.resource("LlmProvider").up(PROGRAMS[LlmProvider])
    one, again = plugin.resource(kind.__name__), plugin.resource(kind.__name__)
    await one.up(PROGRAMS[kind])
    plugin.restart()
    await again.up(PROGRAMS[kind])
    plugin.port.calls.clear()
    await one.delete()
    assert plugin.port.calls == []
    plugin.restart()
    assert await again.up(PROGRAMS[kind]) == "same"
    await one.delete()
    assert plugin.port.calls == []
    assert await again.read()


@pytest.mark.parametrize("kind", [LlmDefaults, LlmProvider, Ownership, Secret])
async def test_what_was_only_refreshed_is_removed(plugin: Plugin, kind: type[Resource]) -> None:
    """`pulumi up --refresh` compares everything in the state, what the program no longer has among it."""
    await plugin.resource("LlmProvider").up(PROGRAMS[LlmProvider])
    one = plugin.resource(kind.__name__)
    await one.up(PROGRAMS[kind])
    plugin.restart()
    await one.read()
    await one.diff(one.inputs)
    plugin.port.calls.clear()
    await one.delete()
    assert plugin.port.calls != []


def test_start_imports_no_http_client() -> None:
    code = (
        "import sys, port_byollm.plugin.provider; print({'httpx', 'pydantic', 'boto3'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_launcher_runs_the_plugin_of_this_environment() -> None:
    launcher = PLUGIN_FOLDER / "pulumi-resource-port-byollm"
    done = subprocess.run([launcher, "127.0.0.1:1"], capture_output=True, text=True, check=False, cwd="/")
    assert (done.returncode, done.stderr) == (0, "")  # it started, and found the engine gone


def test_launcher_without_an_environment_says_what_to_do(tmp_path: Path) -> None:
    launcher = tmp_path / "a" / "b" / "pulumi-resource-port-byollm"
    launcher.parent.mkdir(parents=True)
    launcher.write_bytes((PLUGIN_FOLDER / launcher.name).read_bytes())
    launcher.chmod(0o755)
    done = subprocess.run([launcher, "127.0.0.1:1"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "`make .venv/installed`" in done.stderr
