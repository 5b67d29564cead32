"""`port-byollm rotate` while somebody uses Bedrock all the time, and killed wherever that can be."""

import os
import pty
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import yaml

from .conftest import COMMAND, PROJECT, Local
from .killing import killed_after, left_behind, moments, needs_proc
from .probe import probed

EXTERNAL_ID, ACCESS_KEY = "external-id", "access-key"
COMMENT = "# Why this is so is written here.\n"


def _rotate(local: Local, what: str) -> list[str]:
    file = str(local.config_file)
    return ["rotate", what, "--stack", "local", "--yes", "--config-file", file]


def _configure(local: Local, what: str) -> None:
    local.configure(bedrock={"auth": "role" if what == EXTERNAL_ID else "access-keys"})
    local.config_file.write_text(COMMENT + local.config_file.read_text())


def _rotation(local: Local, what: str) -> str:
    bedrock = yaml.safe_load(local.config_file.read_text())["config"]["byollm:bedrock"]
    section = bedrock["externalId"] if what == EXTERNAL_ID else bedrock.get("accessKeys", {})
    assert "previousUntil" not in section
    return str(section.get("rotation", "1"))


@dataclass(frozen=True)
class Sides:
    """Both sides of the connection, asked so often that the sandbox is looked for once."""

    iam: Any
    port: httpx.Client


@pytest.fixture
def sides(local: Local) -> Iterator[Sides]:
    with local.port() as port:
        yield Sides(local.iam(), port)


def _assert_over(local: Local, sides: Sides, what: str) -> None:
    """The new value is the only one: in AWS, in Port and in the configuration."""
    rotation, iam = _rotation(local, what), sides.iam
    answer = sides.port.get("/v1/organization/secrets").json()
    secrets = {secret["secretName"] for secret in answer["secrets"]}
    config = sides.port.get("/v1/llm-providers/bedrock").json()["result"]["config"]
    assert secrets == {name for key, name in config.items() if key.endswith("SecretName")}
    if what == EXTERNAL_ID:
        role = iam.get_role(RoleName="port-byollm-local")["Role"]
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        values = statement["Condition"]["StringEquals"]["sts:ExternalId"]
        assert isinstance(values, str) or len(values) == 1
    else:
        [key] = iam.list_access_keys(UserName="port-byollm-local")["AccessKeyMetadata"]
        assert key["Status"] == "Active"
        assert secrets == {
            f"aws-bedrock-access-key-id-{rotation}",
            f"aws-bedrock-secret-access-key-{rotation}",
        }


@pytest.mark.parametrize("what", [EXTERNAL_ID, ACCESS_KEY])
def test_no_request_fails_while_it_is_rotated(local: Local, sides: Sides, what: str) -> None:
    _configure(local, what)
    local.up()

    with probed(local) as probes:
        rotated = local.command(*_rotate(local, what))

    assert probes.failures == []
    _assert_over(local, sides, what)
    assert _rotation(local, what) in rotated.stdout
    assert local.config_file.read_text().startswith(COMMENT)
    assert "unchanged" in local.up().stdout


def test_a_rotation_that_is_answered_with_no_leaves_the_configuration_as_it_was(local: Local) -> None:
    _configure(local, EXTERNAL_ID)
    local.up()
    before = local.config_file.read_text()

    said = _answered(local, [each for each in _rotate(local, EXTERNAL_ID) if each != "--yes"])

    assert "the configuration is restored" in said
    assert local.config_file.read_text() == before
    assert "unchanged" in local.up().stdout


def _answered(local: Local, command: list[str]) -> str:
    """What `command` prints in a terminal in which Enter is pressed at the engine's question: its "no"."""
    terminal, end = pty.openpty()
    with subprocess.Popen(
        [COMMAND, *command], cwd=PROJECT, env=local.environment, stdin=end, stdout=end, stderr=end
    ) as process:
        os.close(end)
        said, answered = b"", False
        with suppress(OSError):  # the end of a terminal
            while chunk := os.read(terminal, 4096):
                said += chunk
                if b"Do you want to perform" in said and not answered:
                    answered = bool(os.write(terminal, b"\r"))
        os.close(terminal)
        assert process.wait(timeout=60) == 1
    return " ".join(said.decode().split())


@needs_proc
@pytest.mark.parametrize(("what", "steps"), [(EXTERNAL_ID, 15), (ACCESS_KEY, 12)])
def test_a_rotation_that_was_killed_is_gone_on_with(
    local: Local, sides: Sides, what: str, steps: int
) -> None:
    _configure(local, what)
    local.up()

    with probed(local) as probes:
        for writes in moments(first=2):
            before = _rotation(local, what)
            if not killed_after(local, writes, _rotate(local, what), [local.config_file]):
                break
            assert left_behind(local) == [], f"killed after {writes} writes"
            assert probes.failures == [], f"killed after {writes} writes"

            local.command(*_rotate(local, what))

            assert probes.failures == [], f"gone on with after {writes} writes"
            _assert_over(local, sides, what)
            assert _rotation(local, what) != before
    # A step is written down before and after: fewer means that not all were killed.
    assert writes > steps
    assert "unchanged" in local.up().stdout
