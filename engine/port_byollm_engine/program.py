"""Run a Pulumi program in this process, as the official host's `pulumi-language-python-exec` does.

As a script, this file runs the program of the `RunRequest` on its stdin. The script may run in another
virtual environment, so it imports only the SDK.
"""

import asyncio
import logging
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pulumi
from pulumi.runtime import Settings, configure, run_in_stack, set_all_config
from pulumi.runtime.proto.language_pb2 import RunRequest, RunResponse

SHOWN = 32
"""Exit code of a program whose error has already been reported to the engine."""


def run(request: RunRequest, engine_address: str) -> RunResponse:
    """Run the program of `request` as `__main__`, with its working directory and arguments.

    An uncaught exception is reported to the engine: a `pulumi.RunError` by its message, any other with its
    traceback, which starts at the program's own file. The response then only says that the update failed.
    """
    configure(
        Settings(
            project=request.project,
            stack=request.stack,
            organization=request.organization,
            root_directory=request.info.root_directory,
            dry_run=request.dryRun,
            parallel=request.parallel,
            monitor=request.monitor_address,
            engine=engine_address,
        )
    )
    set_all_config(dict(request.config), list(request.configSecretKeys))
    program = request.program or "."
    sys.argv = [program, *request.args]
    if request.pwd:
        os.chdir(request.pwd)
    path = Path(program).absolute()
    if path.is_dir() and not (path / "__main__.py").is_file():
        pulumi.log.error(f"unable to find main python program `__main__.py` in `{path}`")
        return RunResponse(bail=True)
    # A failing program leaves futures that are never awaited; asyncio would log an error for each.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max_workers=4 * max(request.parallel, 1))
    loop.set_default_executor(executor)
    try:
        loop.run_until_complete(run_in_stack(lambda: _execute(program)))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return RunResponse(bail=True)
    except SystemExit as error:
        if error.code not in (None, 0):
            return RunResponse(error=f"Program exited with non-zero exit code: {error.code}")
    except Exception as error:  # noqa: BLE001 (whatever the program raises)
        pulumi.log.error("Program failed with an unhandled exception:\n" + _user_traceback(error, path))
        return RunResponse(bail=True)
    finally:
        executor.shutdown()
        loop.close()
        asyncio.set_event_loop(None)
        sys.stdout.flush()
        sys.stderr.flush()
    return RunResponse()


def _execute(program: str) -> None:
    runpy.run_path(program, run_name="__main__")


def _user_traceback(error: Exception, program: Path) -> str:
    """Format the traceback without the frames above the program's main file."""
    main = program if program.suffix else program / "__main__.py"
    frames = traceback.extract_tb(error.__traceback__)
    first = next((i for i, frame in enumerate(frames) if Path(frame.filename).absolute() == main), 0)
    return "".join(traceback.format_exception(error, limit=first - len(frames)))


if __name__ == "__main__":
    del sys.path[0]  # this file's folder: programs must not import from it
    response = run(RunRequest.FromString(sys.stdin.buffer.read()), sys.argv[1])
    if response.error:
        sys.exit(response.error)
    sys.exit(SHOWN if response.bail else 0)
