"""Commands that are killed at any moment at which something was written down, and what they leave behind."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from .conftest import COMMAND, PROJECT, Local

DEADLINE = 60  # seconds for one command
# A command writes what it does before and after each step. `KILL_EVERY=1` kills at each of these moments; the
# default at a sample of them, another one for each test, to keep the suite short.
EVERY = int(os.environ.get("KILL_EVERY", "20"))

needs_proc = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for left processes in /proc")


def moments(first: int = 1) -> Iterator[int]:
    """After how many writes to kill; without end, as only the command knows how many there are."""
    step = first
    while True:
        yield step
        step += EVERY


def killed_after(
    local: Local, writes: int, command: Sequence[str | Path], watched: Sequence[Path] = ()
) -> bool:
    """Kill a `port-byollm` command once the checkpoint, or a `watched` file, was written `writes` times.

    False where it ended before.
    """
    paths = [local.directory / "sandbox/pulumi/.pulumi/stacks/byollm/local.json", *watched]
    stamps, written = [_stamp(path) for path in paths], 0
    with subprocess.Popen(
        [COMMAND, *command],
        cwd=PROJECT,
        env=local.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + DEADLINE
        while process.poll() is None and time.monotonic() < deadline:
            for number, path in enumerate(paths):
                if (stamp := _stamp(path)) not in (None, stamps[number]):
                    stamps[number], written = stamp, written + 1
            if written >= writes:
                os.killpg(process.pid, signal.SIGKILL)
                return True
            time.sleep(0.001)
    return False


def up_killed_after(local: Local, writes: int) -> bool:
    """Kill an `up` of the stack so."""
    up = ["pulumi", "up", "--yes", "--skip-preview", "--stack", "local", "--config-file"]
    return killed_after(local, writes, [*up, local.config_file])


def left_behind(local: Local) -> list[str]:
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


def _stamp(path: Path) -> tuple[int, int, int] | None:
    with contextlib.suppress(FileNotFoundError):
        stat = path.stat()
        return stat.st_mtime_ns, stat.st_size, stat.st_ino
    return None
