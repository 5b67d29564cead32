"""A program of one's own, made of our components: no `byollm:` configuration says anything about it."""

import sys
from dataclasses import replace

import pytest
import yaml

from .conftest import PROJECT, Local

PROGRAM = """\
import pulumi
from port_byollm import BedrockConnection


class Ai(pulumi.ComponentResource):
    def __init__(self, name, models):
        super().__init__("acme:index:Ai", name)
        args = {"geography": "eu", "models": models, "role_name": "acme-port"}
        BedrockConnection(name, args, pulumi.ResourceOptions(parent=self))


Ai("bedrock", [pulumi.Config().require("model")])
"""


@pytest.fixture
def own(local: Local) -> Local:
    directory = local.directory / "own"
    directory.mkdir()
    project = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())
    project |= {"name": "acme", "main": ".", "stackConfigDir": "."}
    project["runtime"]["options"]["virtualenv"] = sys.prefix
    project["plugins"]["providers"][0]["path"] = str(PROJECT / "components/port_byollm/plugin")
    directory.joinpath("Pulumi.yaml").write_text(yaml.safe_dump(project))
    directory.joinpath("__main__.py").write_text(PROGRAM)
    configure(local, "claude-haiku-4-5-20251001")
    return replace(local, project=directory)


def configure(own: Local, model: str) -> None:
    salt = yaml.safe_load((PROJECT / "stacks/Pulumi.local.yaml").read_text())["encryptionsalt"]
    config = {"aws:region": "eu-west-1", "acme:model": model}
    own.config_file.write_text(yaml.safe_dump({"encryptionsalt": salt, "config": config}))


def test_a_wrong_argument_of_a_component_is_a_sentence_without_a_traceback(own: Local) -> None:
    configure(own, "claude-sonet-4-5")

    refused = own.command(*up(own, "preview"), check=False)

    said = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "models: " in said
    assert "claude-sonnet-4-5-20250929" in said
    assert [line for line in said.splitlines() if "Traceback" in line or 'File "' in line] == []


def test_commands_about_a_configuration_that_is_not_ours_refuse_and_revoke_works(own: Local) -> None:
    own.command(*up(own, "up", "--yes", "--skip-preview"))
    options = ("--stack", "local", "--config-file", str(own.config_file))
    written = own.config_file.read_bytes()

    for command, says in (
        (("adopt", "--yes"), "has no byollm: key"),
        (("rotate", "external-id", "--yes"), "change external_id_rotation of its BedrockConnection"),
        (("deploy-policy",), "this command reads the configuration of port-byollm's own program"),
    ):
        refused = own.command(*command, *options, check=False)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert says in refused.stderr
    assert own.config_file.read_bytes() == written

    revoked = own.command("revoke", "--yes", *options)

    assert "role/acme-port: nobody may assume it" in revoked.stdout
    assert "Recorded in the stack's state" in revoked.stdout
    statements = own.iam().get_role(RoleName="acme-port")["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert {statement["Effect"] for statement in statements} == {"Deny"}


def up(own: Local, verb: str, *arguments: str) -> list[str]:
    """The engine's command, on a stack that it makes first where there is none."""
    return ["pulumi", verb, "--stack", "local", "--config-file", str(own.config_file), *arguments]
