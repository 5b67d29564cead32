import json
import os
from pathlib import Path

import pytest
from tests.cli.conftest import CommandLine

from port_byollm.cli.stack.stack import SECRET, Stack
from port_byollm.errors import PortByollmError


def engine_prints(command_line: CommandLine, text: str, exit_code: int = 0) -> None:
    """The arguments it gets are left in `arguments`."""
    answer = command_line.folder / "answer"
    answer.write_text(text)
    script = f'#!/bin/sh\necho "$@" > {command_line.folder}/arguments\ncat {answer}\nexit {exit_code}\n'
    command_line.engine.path.write_text(script)


def arguments(command_line: CommandLine) -> str:
    return (command_line.folder / "arguments").read_text().strip()


@pytest.fixture(autouse=True)
def stack_exists(command_line: CommandLine) -> None:
    command_line.has_stack()


def test_the_stack_is_that_of_the_pulumi_command(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (command_line.folder / "Pulumi.prod.yaml").touch()
    assert Stack.named(None).name == "local"
    assert Stack.named("organization/byollm/local").name == "local"
    assert Stack.named("acme/byollm/prod").name == "acme/byollm/prod"
    monkeypatch.setenv("PULUMI_STACK", "prod")
    assert Stack.named(None).name == "prod"


@pytest.mark.parametrize("verb", ["doctor", "status", "adopt", "rotate external-id", "pulumi preview"])
def test_a_stack_that_does_not_exist_is_named_before_all_else(command_line: CommandLine, verb: str) -> None:
    (command_line.folder / "Pulumi.prod.yaml").touch()
    (command_line.folder / "Pulumi.prod.deploy.yaml").touch()

    result = command_line.run(*verb.split(), "--stack", "nope")

    assert result.exit_code == 1
    assert f"there is no stack nope in {command_line.folder}; use one of local, prod, or" in result.output


def test_a_stack_whose_configuration_lies_elsewhere_may_have_any_name() -> None:
    assert Stack.named("nope", Path("elsewhere.yaml")).name == "nope"


def test_config_has_objects_as_they_are_and_no_secrets(command_line: CommandLine) -> None:
    settings = {
        "aws:region": {"value": "eu-west-1", "secret": False},
        "byollm:tags": {"value": '{"a":"b"}', "objectValue": {"a": "b"}, "secret": False},
        "port-byollm:clientSecret": {"secret": True},
    }
    engine_prints(command_line, json.dumps(settings))

    assert Stack("local").config() == {
        "aws:region": "eu-west-1",
        "byollm:tags": {"a": "b"},
        "port-byollm:clientSecret": SECRET,
    }
    assert arguments(command_line) == "config --json --stack local"


def test_config_has_a_section_with_a_secret_but_for_the_secret(command_line: CommandLine) -> None:
    # What the engine prints of such a section is that it has a secret.
    engine_prints(command_line, json.dumps({"byollm:openai": {"secret": True}}))
    (command_line.folder / "Pulumi.local.yaml").write_text(
        "config:\n  byollm:openai: {apiKey: {secure: v1:abc}, disabledModels: [gpt-5]}\n"
    )

    assert Stack("local").config() == {"byollm:openai": {"apiKey": SECRET, "disabledModels": ["gpt-5"]}}


def test_what_a_preview_finds_is_one_line_each(command_line: CommandLine) -> None:
    found = [
        {"severity": "error", "message": "error: byollm:bedrock.geografy:\n  unknown\n"},
        {"severity": "warning", "message": "warning: legacy"},
    ]
    engine_prints(command_line, json.dumps({"diagnostics": found}), exit_code=1)

    assert Stack("local").preview_errors() == ["byollm:bedrock.geografy: unknown"]
    assert arguments(command_line) == "preview --json --stack local"


@pytest.mark.parametrize("said", ["error: not signed in", "{}"])
def test_a_preview_that_there_is_none_of_is_no_good_one(command_line: CommandLine, said: str) -> None:
    engine_prints(command_line, said, exit_code=1)

    with pytest.raises(PortByollmError, match="`pulumi preview --json --stack local`"):
        Stack("local").preview_errors()


def test_resources_of_an_empty_stack_are_none(command_line: CommandLine) -> None:
    engine_prints(command_line, '{"version": 3, "deployment": {"manifest": {}}}')

    assert Stack("local", Path("other.yaml")).resources() == []
    assert arguments(command_line) == "stack export --stack local"


def test_a_configuration_file_is_given_to_commands_that_take_one(command_line: CommandLine) -> None:
    engine_prints(command_line, "")

    assert Stack("local", Path("other.yaml")).run("up", "--yes") == 0
    assert arguments(command_line) == "up --yes --stack local --config-file other.yaml"


def test_what_the_engine_says_is_the_error(command_line: CommandLine) -> None:
    engine_prints(command_line, "error: no stack named 'local' found", exit_code=255)

    with pytest.raises(PortByollmError, match="`pulumi config --json --stack local`: no stack named 'local'"):
        Stack("local").config()


def test_the_exit_code_is_the_engines(command_line: CommandLine) -> None:
    engine_prints(command_line, "", exit_code=3)

    assert Stack("local").run("up") == 3


def test_the_environment_is_the_engines_for_a_while(command_line: CommandLine) -> None:
    before = dict(os.environ)

    with Stack("local").environment():
        assert os.environ["PULUMI_CONFIG_PASSPHRASE"] == "it's a pass phrase"
        assert "AWS_PROFILE" not in os.environ

    assert dict(os.environ) == before


def edits(command_line: CommandLine, script: str) -> None:
    """An engine that does `script` to the file that it is given last."""
    command_line.engine.path.write_text(f"#!/bin/sh\nfor file; do :; done\n{script}\n")


@pytest.mark.parametrize("elsewhere", [None, "other.yaml"])
def test_an_edited_configuration_is_replaced_whole(command_line: CommandLine, elsewhere: str | None) -> None:
    project = command_line.folder / "Pulumi.yaml"
    project.write_text(project.read_text() + "stackConfigDir: stacks\n")
    (command_line.folder / "stacks").mkdir()
    path = command_line.folder / (elsewhere or "stacks/Pulumi.local.yaml")
    path.write_text("config: {}\n")
    edits(command_line, 'echo "# edited" >> "$file"')

    Stack("local", path if elsewhere else None).edit_config("set", "a", "b")

    assert path.read_text() == "config: {}\n# edited\n"
    assert [each.name for each in path.parent.glob("*draft*")] == []


def test_a_configuration_that_is_not_written_to_the_end_stays_as_it_was(command_line: CommandLine) -> None:
    path = command_line.folder / "Pulumi.local.yaml"
    path.write_text("config: {}\n")
    edits(command_line, ': > "$file"; kill -9 $$')

    with pytest.raises(PortByollmError):
        Stack("local").edit_config("set", "a", "b")

    assert path.read_text() == "config: {}\n"
