"""The sandbox's life: one background process per directory hosts Port's emulator, AWS and the `aws` plugin.

The process holds an exclusive lock on the file `lock` for as long as it lives, so that "is it running" has
one answer, which neither a crash nor a reused process id can make wrong. All state lives in that process and
that directory and goes with them: whatever starts, starts empty.
"""

import fcntl
import json
import os
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from port_byollm.errors import PortByollmError
from port_byollm.loopback import unproxied
from port_byollm_sandbox import extra
from port_byollm_sandbox.port_emulator.organizations import Credential, PortRegion

START_SECONDS = 60.0
STOP_SECONDS = 10.0
RESET_SECONDS = 30.0
POLL_SECONDS = 0.02
PASSPHRASE = "port-byollm-sandbox"  # noqa: S105 - protects nothing: `Pulumi.local.yaml` is encrypted with it
AWS_PLUGIN = Path(__file__).parent / "aws_plugin" / "bin" / "pulumi-resource-aws"

OWNER = "PORT_BYOLLM_SANDBOX_OWNER"
"""The variable with the id of the process that a sandbox does not survive."""

LOCK = "lock"
STATE = "sandbox.json"
LOG = "sandbox.log"
BACKEND = "pulumi"
PULUMI_HOME = "home"
STATE_DRAFT = "sandbox.json.new"
EMULATOR = ("emulator.db", "emulator.db-wal", "emulator.key", "emulator.key.new")
CONTENTS = (STATE, STATE_DRAFT, LOG, BACKEND, PULUMI_HOME, *EMULATOR)
"""What the sandbox puts into its directory, and so what it removes: the directory may hold more."""


API_KEY_VARIABLES = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "azure-openai": "AZURE_OPENAI_API_KEY",
}
"""Where the vendors' own tools look for a key: `local` finds the sandbox's there, never the user's."""


class SandboxError(PortByollmError):
    """The sandbox could not be started, stopped or reset; the text says why and what to look at."""


@dataclass(frozen=True)
class UpstreamAccess:
    """Where a vendor's API is emulated, and a key that it accepts."""

    base_url: str
    api_key: str = field(repr=False)


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: where it listens, and the credentials that were made for this run."""

    directory: Path
    pid: int
    port_base_url: str
    port_region: PortRegion
    admin: Credential
    member: Credential
    aws_endpoint_url: str
    aws_region: str
    aws_account_id: str
    aws_plugin_address: str
    upstreams: Mapping[str, UpstreamAccess]
    """By Port's name of the provider."""

    def to_json(self, show_secrets: bool = False) -> dict[str, Any]:
        """The shape of `sandbox status --json`; client secrets only where asked for."""

        def credential(one: Credential) -> dict[str, str]:
            return one.to_json() if show_secrets else {"clientId": one.client_id}

        return {
            "running": True,
            "port": {
                "baseUrl": self.port_base_url,
                "region": self.port_region,
                "admin": credential(self.admin),
                "member": credential(self.member),
            },
            "aws": {
                "endpointUrl": self.aws_endpoint_url,
                "region": self.aws_region,
                "accountId": self.aws_account_id,
            },
            "upstreams": {
                provider: {"baseUrl": one.base_url} | ({"apiKey": one.api_key} if show_secrets else {})
                for provider, one in self.upstreams.items()
            },
        }

    def environment(self) -> dict[str, str | None]:
        """Environment variables of the `local` stack; None means that the variable must not be set.

        Every `AWS_…` of the user's is taken out: profiles, sessions and endpoints would win over ours.
        """
        return {
            **dict.fromkeys(name for name in os.environ if name.startswith("AWS_")),
            **dict.fromkeys(
                (
                    "AWS_PROFILE",
                    "AWS_SESSION_TOKEN",
                    "PULUMI_ACCESS_TOKEN",
                    "PULUMI_CONFIG_PASSPHRASE_FILE",
                    "PULUMI_CREDENTIALS_PATH",
                    "PULUMI_DEBUG_PROVIDERS",
                )
            ),
            "PORT_BASE_URL": self.port_base_url,
            "PORT_CLIENT_ID": self.admin.client_id,
            "PORT_CLIENT_SECRET": self.admin.client_secret,
            "AWS_ENDPOINT_URL": self.aws_endpoint_url,
            "AWS_ACCESS_KEY_ID": "port-byollm-sandbox",
            "AWS_SECRET_ACCESS_KEY": "port-byollm-sandbox",
            "AWS_REGION": self.aws_region,
            "AWS_DEFAULT_REGION": self.aws_region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            **{API_KEY_VARIABLES[provider]: one.api_key for provider, one in self.upstreams.items()},
            "PULUMI_BACKEND_URL": f"file://{self.directory / BACKEND}",
            "PULUMI_HOME": str(self.directory / PULUMI_HOME),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PORT_BYOLLM_SANDBOX_AWS_PLUGIN": self.aws_plugin_address,
            "PORT_BYOLLM_SANDBOX_PYTHON": sys.executable,
            **unproxied(os.environ),
        }

    def write_state(self) -> None:
        """Leave this where `status` finds it, readable by its owner alone, whole or not at all."""
        state = {**self.to_json(show_secrets=True), "pid": self.pid, "awsPlugin": self.aws_plugin_address}
        draft = self.directory / STATE_DRAFT
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(state, file, indent=2)
        draft.replace(self.directory / STATE)

    @classmethod
    def read_state(cls, directory: Path) -> Self | None:
        try:
            state = json.loads((directory / STATE).read_text())
        except FileNotFoundError:
            return None
        port, aws = state["port"], state["aws"]
        return cls(
            directory=directory,
            pid=state["pid"],
            port_base_url=port["baseUrl"],
            port_region=port["region"],
            admin=Credential(port["admin"]["clientId"], port["admin"]["clientSecret"]),
            member=Credential(port["member"]["clientId"], port["member"]["clientSecret"]),
            aws_endpoint_url=aws["endpointUrl"],
            aws_region=aws["region"],
            aws_account_id=aws["accountId"],
            aws_plugin_address=state["awsPlugin"],
            upstreams={
                provider: UpstreamAccess(one["baseUrl"], one["apiKey"])
                for provider, one in state["upstreams"].items()
            },
        )


def start(directory: Path, owner: int | None = None) -> Sandbox:
    """The running sandbox of `directory`, started, empty, where there was none.

    One that is started ends with the process `owner`, by default with the one that `OWNER` names, if any.

    Several may start at once: one of them starts, the others wait for it. Raises SandboxError where it is not
    ready within `START_SECONDS`, or where the extra `sandbox` is not installed.
    """
    directory = directory.resolve()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with _try_lock(directory) as lock:
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
    """The sandbox of `directory`; None where none runs, or one is only just starting."""
    directory = directory.resolve()
    if not (directory / LOCK).exists():
        return None
    with _try_lock(directory) as lock:
        return None if lock is not None else _of_living_process(directory)


def stop(directory: Path) -> None:
    """End the sandbox of `directory`, if one runs, and remove everything that it held.

    Raises SandboxError where its process cannot be ended.
    """
    directory = directory.resolve()
    if not (directory / LOCK).exists():
        return
    began = time.monotonic()
    sent: signal.Signals | None = None
    while (waited := time.monotonic() - began) < 2 * STOP_SECONDS:
        with _try_lock(directory) as lock:
            if lock is not None:
                _clear(directory)
                return
        due = signal.SIGTERM if waited < STOP_SECONDS else signal.SIGKILL
        pid = _lock_holder(directory)
        if due is not sent and pid is not None:
            try:
                os.kill(pid, due)
            except ProcessLookupError:
                pass  # it has just ended, and with it its lock
            except PermissionError:
                raise SandboxError(
                    f"the sandbox in {directory} belongs to another user (process {pid})"
                ) from None
            sent = due
        time.sleep(POLL_SECONDS)
    raise SandboxError(f"the sandbox in {directory} did not end (process {_lock_holder(directory)})")


def reset(directory: Path) -> None:
    """Empty the running sandbox: Port, AWS and the state of the `local` stack, which belong together.

    Ports and credentials stay. Raises SandboxError where none runs.
    """
    sandbox = status(directory)
    if sandbox is None:
        raise SandboxError(
            f"no sandbox runs in {directory.resolve()}; `port-byollm sandbox start` starts one"
        )
    import httpx  # not at the top: whoever only starts a sandbox should not wait for it

    try:
        httpx.post(
            f"{sandbox.port_base_url}/_emulator/reset", timeout=RESET_SECONDS, trust_env=False
        ).raise_for_status()
    except httpx.HTTPError as error:
        raise SandboxError(
            f"the sandbox was not reset: {error}; {_look_at_log(sandbox.directory)}"
        ) from error


def empty_stack(directory: Path) -> None:
    """Forget the `local` stack: an empty backend, a home for the engine with our `aws` plugin alone."""
    for name in (BACKEND, PULUMI_HOME):
        _remove(directory / name)
        (directory / name).mkdir(mode=0o700)
    # As if it were installed, in the version that the SDK asks for: of one on PATH the engine warns in
    # every run.
    installed = directory / PULUMI_HOME / "plugins" / f"resource-aws-v{version('pulumi-aws')}"
    installed.mkdir(parents=True)
    launcher = installed / AWS_PLUGIN.name
    launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(str(AWS_PLUGIN))} "$@"\n')
    launcher.chmod(0o755)


@contextmanager
def _try_lock(directory: Path) -> Iterator[int | None]:
    """The lock's descriptor, or None where another process holds it.

    The file stays when the sandbox ends: without it, others would wait at a lock that nobody can see.
    """
    descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            os.ftruncate(descriptor, 0)  # whoever wrote it is dead
            yield descriptor
    finally:
        os.close(descriptor)


def _lock_holder(directory: Path) -> int | None:
    """Process id of the sandbox; None where none runs, and before it wrote it."""
    text = (directory / LOCK).read_text()
    return int(text) if text else None


def _of_living_process(directory: Path) -> Sandbox | None:
    """What the process that holds the lock has left to be read; None while it starts."""
    sandbox = Sandbox.read_state(directory)
    if sandbox is None or sandbox.pid != _lock_holder(directory):
        return None
    # The holder may also be somebody who only looks at the lock that a dead sandbox has left.
    return sandbox if is_alive(sandbox.pid) else None


def is_alive(pid: int) -> bool:
    """Whether there is a process of that id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # another user's
    return True


def _start_process(directory: Path, lock: int, deadline: float, owner: int | None) -> Sandbox:
    """Start the process, which takes over `lock`, and wait until it says that it is ready or ends."""
    from port_byollm.catalogue.overlay import default_path  # not at the top: only starting needs it

    _clear(directory)
    empty_stack(directory)
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
                cwd="/",  # the starter's folder may go while the sandbox stays
                pass_fds=(lock, write_end),
                start_new_session=True,
            )
        except subprocess.CalledProcessError as error:
            raise SandboxError(f"the sandbox does not start ({error}); {_look_at_log(directory)}") from None
        finally:
            os.close(write_end)
        said = _read_before(ready.fileno(), deadline)
    sandbox = Sandbox.read_state(directory)
    if said and sandbox is not None:
        return sandbox
    pid = _lock_holder(directory)
    if said is None and pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if said is not None and (missing := extra.missing()):
        raise SandboxError(
            f"the sandbox needs {', '.join(missing)}; `pip install 'port-byollm[sandbox]'` installs that"
        )
    what = "did not get ready in time" if said is None else "ended before it was ready"
    raise SandboxError(f"the sandbox {what}; {_look_at_log(directory)}")


def _read_before(descriptor: int, deadline: float) -> bytes | None:
    """What the other end of a pipe wrote, empty where it closed it without a word; None at the deadline."""
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
    for name in CONTENTS:
        _remove(directory / name)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
