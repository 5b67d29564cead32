"""Run a command with a deadline."""

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path


def run(
    command: Sequence[str | Path],
    *,
    deadline: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] = lambda line: None,
) -> tuple[int, str]:
    """Run `command`; return its exit code and the last 200 lines of its output, stdout and stderr combined.

    The command gets no input. It runs in its own process group, which is killed after `deadline` seconds or
    when the caller is interrupted. Raises `TimeoutError` at the deadline, `OSError` if it cannot be started.
    """
    tail: deque[str] = deque(maxlen=200)
    expired = threading.Event()
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:

        def kill() -> None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

        def expire() -> None:
            expired.set()
            kill()

        alarm = threading.Timer(deadline, expire)
        alarm.daemon = True
        alarm.start()
        try:
            assert process.stdout is not None  # noqa: S101 (stdout=PIPE)
            for line in process.stdout:
                tail.append(line)
                on_line(line.rstrip("\n"))
            code = process.wait()
        except BaseException:
            kill()
            raise
        finally:
            alarm.cancel()
    if expired.is_set():
        raise TimeoutError(f"{Path(command[0]).name} did not end within {deadline:g} seconds")
    return code, "".join(tail)
