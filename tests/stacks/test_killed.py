"""An update that is killed, wherever that is, is mended by running it again."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from .conftest import COMMAND, PROJECT, Local

DEADLINE = 60


def _checkpoint(local: Local) -> Path:
    return local.directory / "sandbox/pulumi/.pulumi/stacks/byollm/local.json"


def _up_killed_after(local: Local, writes: int) -> bool:
    """Kill the engine as it has written `writes` checkpoints, one before and one after each step.

    False where it ended before.
    """
    command: list[str | Path] = [
        COMMAND,
        "pulumi",
        "up",
        "--yes",
        "--skip-preview",
        "--stack",
        "local",
        "--config-file",
        local.config_file,
    ]
    path = _checkpoint(local)
    seen, written = None, 0
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        env=local.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as engine:
        deadline = time.monotonic() + DEADLINE
        while engine.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(FileNotFoundError):
                stat = path.stat()
                if (stat.st_mtime_ns, stat.st_size, stat.st_ino) != seen:
                    seen, written = (stat.st_mtime_ns, stat.st_size, stat.st_ino), written + 1
            if written > writes:
                os.killpg(engine.pid, signal.SIGKILL)
                return True
            time.sleep(0.001)
    return False


def _left_behind(local: Local) -> list[str]:
    """Processes of this test other than the sandbox's own, once they had time to notice."""
    mark = f"PORT_BYOLLM_SANDBOX_DIR={local.directory}".encode()
    deadline = time.monotonic() + 10
    while True:
        left = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = process.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode()
                ours = mark in process.joinpath("environ").read_bytes()
                if ours and command and "port_byollm_sandbox" not in command:
                    left.append(command)
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.2)


def _assert_whole(local: Local) -> None:
    iam = local.iam()
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == ["port-byollm-local"]
    [policy] = iam.list_policies(Scope="Local")["Policies"]
    assert policy["AttachmentCount"] == 1
    with local.port() as port:
        [secret] = port.get("/v1/organization/secrets").json()["secrets"]
        assert secret["secretName"] == local.outputs()["externalIdSecretName"]
        assert port.get("/v1/llm-providers/bedrock").json()["result"]["enabled"] is True
        assert port.get("/v1/llm-providers/defaults").json()["result"]["provider"] == "bedrock"
    again = local.up()
    assert not any(word in again.stdout for word in ("created", "updated", "replaced", "deleted")), (
        again.stdout
    )


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for left processes in /proc")
def test_up_after_a_kill_at_every_step_of_a_creation(local: Local) -> None:
    for writes in range(1, 100):
        if not _up_killed_after(local, writes):
            break
        assert _left_behind(local) == [], f"killed at checkpoint {writes}"

        local.up()

        _assert_whole(local)
        local.command("sandbox", "reset")
    # Every step is written down twice, before and after: fewer means that nothing was killed.
    assert writes > 15
