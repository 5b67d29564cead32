"""Start, stop and reset a sandbox: one background process per directory.

The process hosts Port's emulator, AWS and the `aws` plugin. All state is in the process and its directory,
and is removed with them: a sandbox always starts empty.
"""

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from port_byollm_sandbox import extra, local_stack
from port_byollm_sandbox.errors import SandboxError
from port_byollm_sandbox.lock import LOCK, holder, try_lock
from port_byollm_sandbox.sandbox import STATE, STATE_DRAFT, Sandbox

START_SECONDS = 60.0
STOP_SECONDS = 10.0
RESET_SECONDS = 30.0
POLL_SECONDS = 0.02

OWNER = "PORT_BYOLLM_SANDBOX_OWNER"
"""Environment variable with the id of the process with which the sandbox ends."""

LOG = "sandbox.log"
EMULATOR = ("emulator.db", "emulator.db-wal", "emulator.key", "emulator.key.new")
FILES = (STATE, STATE_DRAFT, LOG, *EMULATOR)
"""What the sandbox writes to its directory, besides the stack. It removes only these: users may add files."""


def start(directory: Path, owner: int | None = None) -> Sandbox:
    """Return the running sandbox of `directory`; start one, empty, if none runs.

    A new sandbox ends with the process `owner`, which defaults to the one that `OWNER` names, if any. Of
    several concurrent calls, one starts the sandbox and the others wait for it. Raises SandboxError if it is
    not ready within `START_SECONDS`, or if the extra `sandbox` is not installed.
    """
    directory = directory.resolve()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with try_lock(directory) as lock:
            if lock is not None:
                return _start_process(directory, lock, deadline, owner)
        running = _of_living_process(directory)
        if running is not None:
            return running
        time.sleep(POLL_SECONDS)
    raise SandboxError(
        f"the sandbox that is starting in {directory} is not ready yet; {_look_at_log(directory)}"
    )


def status(directory: Path) -> Sandbox | None:
    """Return the sandbox of `directory`; None if none runs, or if it is still starting."""
    directory = directory.resolve()
    if not (directory / LOCK).exists():
        return None
    with try_lock(directory) as lock:
        return None if lock is not None else _of_living_process(directory)


def stop(directory: Path) -> None:
    """End the sandbox of `directory`, if one runs, and remove all its state.

    Raises SandboxError if its process cannot be ended.
    """
    directory = directory.resolve()
    if not (directory / LOCK).exists():
        return
    began = time.monotonic()
    sent: signal.Signals | None = None
    while (waited := time.monotonic() - began) < 2 * STOP_SECONDS:
        with try_lock(directory) as lock:
            if lock is not None:
                _clear(directory)
                return
        due = signal.SIGTERM if waited < STOP_SECONDS else signal.SIGKILL
        pid = holder(directory)
        if due is not sent and pid is not None:
            try:
                os.kill(pid, due)
            except ProcessLookupError:
                pass  # it has just ended, which released the lock
            except PermissionError:
                raise SandboxError(
                    f"the sandbox in {directory} belongs to another user (process {pid})"
                ) from None
            sent = due
        time.sleep(POLL_SECONDS)
    raise SandboxError(f"the sandbox in {directory} did not end (process {holder(directory)})")


def reset(directory: Path) -> None:
    """Empty the running sandbox: Port, AWS and the state of the `local` stack, which must stay consistent.

    Ports and credentials stay the same. Raises SandboxError if none runs.
    """
    sandbox = status(directory)
    if sandbox is None:
        raise SandboxError(
            f"no sandbox runs in {directory.resolve()}; `port-byollm sandbox start` starts one"
        )
    import httpx  # not at the top: `start` does not need it

    try:
        httpx.post(
            f"{sandbox.port_base_url}/_emulator/reset", timeout=RESET_SECONDS, trust_env=False
        ).raise_for_status()
    except httpx.HTTPError as error:
        raise SandboxError(
            f"the sandbox was not reset: {error}; {_look_at_log(sandbox.directory)}"
        ) from error


def _of_living_process(directory: Path) -> Sandbox | None:
    """Read the state that the lock's holder has written; None while it is still starting."""
    sandbox = Sandbox.read_state(directory)
    if sandbox is None or sandbox.pid != holder(directory):
        return None
    # The lock may be held only for a moment, by a process that probes the lock of a dead sandbox.
    return sandbox if is_alive(sandbox.pid) else None


def is_alive(pid: int) -> bool:
    """Return whether a process with this id exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # another user's
    return True


def _start_process(directory: Path, lock: int, deadline: float, owner: int | None) -> Sandbox:
    """Start the process, which inherits `lock`, and wait until it is ready, ends, or misses `deadline`."""
    from port_byollm.catalogue.overlay import default_path  # not at the top: only starting needs it

    _clear(directory)
    local_stack.empty(directory)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "MOTO_", "PORT_CLIENT_", "PULUMI_"))
    }
    if owner is not None:
        environment[OWNER] = str(owner)
    read_end, write_end = os.pipe()
    with (
        os.fdopen(read_end, "rb") as ready,
        os.fdopen(os.open(directory / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as log,
    ):
        try:
            subprocess.run(
                [sys.executable, "-P", "-m", __package__, str(directory), str(lock), str(write_end)],
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment
                | {"NO_PROXY": "*", "no_proxy": "*", "PORT_BYOLLM_CATALOGUE": str(default_path().absolute())},
                cwd="/",  # the starter's folder may be removed while the sandbox runs
                pass_fds=(lock, write_end),
                start_new_session=True,
            )
        except subprocess.CalledProcessError as error:
            raise SandboxError(f"the sandbox does not start ({error}); {_look_at_log(directory)}") from None
        finally:
            os.close(write_end)
        message = _read_before(ready.fileno(), deadline)
    sandbox = Sandbox.read_state(directory)
    if message and sandbox is not None:
        return sandbox
    pid = holder(directory)
    if message is None and pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if message is not None and (missing := extra.missing()):
        raise SandboxError(
            f"the sandbox needs {', '.join(missing)}; run `pip install 'port-byollm[sandbox]'`"
        )
    problem = "was not ready in time" if message is None else "ended before it was ready"
    raise SandboxError(f"the sandbox {problem}; {_look_at_log(directory)}")


def _read_before(descriptor: int, deadline: float) -> bytes | None:
    """Read from a pipe: empty if the other end closed it without writing, None at the deadline."""
    readable, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
    return os.read(descriptor, 16) if readable else None


def _look_at_log(directory: Path) -> str:
    path = directory / LOG
    try:
        tail = path.read_text(errors="replace").splitlines()[-15:]
    except FileNotFoundError:
        tail = []
    return "\n    ".join([f"its log {path} ends:", *tail]) if tail else "it logged nothing"


def _clear(directory: Path) -> None:
    local_stack.remove(directory)
    for name in FILES:
        (directory / name).unlink(missing_ok=True)
