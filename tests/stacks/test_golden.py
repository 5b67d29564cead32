"""What each release has deployed stays as it is with the present code.

The states are written by `python -m tests.stacks.golden`, which see. A preview does not refresh: it is of no
account that neither AWS nor Port has any of it.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from tests.project import copy_of_project

from .conftest import Local
from .environment import Sandbox

GOLDEN = Path(__file__).with_name("golden")
STATES = sorted(GOLDEN.glob("*/*.json"))
# The catalogue says which models are granted and told to Port, and grows: of these an update is no surprise.
FOLLOW_CATALOGUE = {
    "aws:iam/policy:Policy",
    "port-byollm:index:BedrockInvokePolicy",
    "port-byollm:index:LlmDefaults",
    "port-byollm:index:LlmProvider",
}


@dataclass(frozen=True)
class Golden:
    """A golden state, imported as the stack of the same name."""

    state: Path
    sandbox: Sandbox

    def pulumi(self, *arguments: str) -> dict[str, Any]:
        """What an engine's command prints as JSON, with credentials for AWS and none for Port."""
        done = self.sandbox.run(
            "env",
            *("-u", "PORT_BASE_URL", "-u", "PORT_CLIENT_ID", "-u", "PORT_CLIENT_SECRET", "pulumi"),
            *arguments,
            *("--stack", self.state.stem, "--non-interactive"),
        )
        assert done.returncode == 0, done.stdout + done.stderr
        said: dict[str, Any] = json.loads(done.stdout or "{}")
        return said


@pytest.fixture(params=STATES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def golden(request: pytest.FixtureRequest, local: Local, tmp_path: Path) -> Golden:
    state: Path = request.param
    sandbox = Sandbox(local, copy_of_project(tmp_path))
    shutil.copy(state.with_suffix(".yaml"), sandbox.project / f"stacks/Pulumi.{state.stem}.yaml")
    for arguments in (
        ["init", state.stem, "--no-select"],
        ["import", "--stack", state.stem, "--file", state],
    ):
        sandbox.run("pulumi", "stack", *map(str, arguments)).check_returncode()
    return Golden(state, sandbox)


def test_a_state_of_a_release_previews_with_nothing_replaced_or_deleted(golden: Golden) -> None:
    steps = golden.pulumi("preview", "--json", "--show-sames")["steps"]

    assert len(steps) > 10
    changed = [(step["op"], _type(step["urn"]), step["urn"]) for step in steps if step["op"] != "same"]
    changed = [each for each in changed if each[:2] not in {("update", one) for one in FOLLOW_CATALOGUE}]
    assert changed == []


def test_no_secret_of_a_golden_state_is_in_plain_text(golden: Golden) -> None:
    resources = golden.pulumi("stack", "export", "--show-secrets")["deployment"]["resources"]
    text = golden.state.read_text()

    # An access key's ID is a secret in Port, and the name of the key in AWS.
    names = {resource.get("id") for resource in resources}
    secrets = {value for value in _strings(resources, False) if len(value) > 15} - names
    assert secrets
    assert [value for value in secrets if value in text] == []


def test_the_present_version_has_golden_states() -> None:
    assert {path.stem for path in STATES if path.parent.name == version("port-byollm")} == {
        "role",
        "access-keys",
    }


def _type(urn: str) -> str:
    """Of `urn:pulumi:<stack>::<project>::<parents' types>$<type>::<name>`."""
    return urn.split("::")[2].rpartition("$")[2]


def _strings(value: Any, secret: bool) -> Iterator[str]:
    """Each string within `value` that is secret, or within a secret."""
    match value:
        case {"plaintext": plaintext}:
            yield from _strings(json.loads(plaintext), True)
        case dict():
            for each in value.values():
                yield from _strings(each, secret)
        case list():
            for each in value:
                yield from _strings(each, secret)
        case str() if secret:
            yield value
