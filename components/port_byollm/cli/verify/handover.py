"""Hand a preview's documents over to the command, including secrets, without a trace.

`pulumi preview --json` masks secrets, and the trust policy contains the external ID. Policy packs see secrets
decrypted: the preview runs with one (`analyzer`) that sends what it sees over a socket in a private folder.
Nothing is printed or written to disk.
"""

import json
import socket
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any, Self

from port_byollm.cli.stack.stack import Stack
from port_byollm.errors import PortByollmError

SOCKET = "socket"
_PREFIX = "port-byollm-verify-"
# A socket's path may have 103 characters on macOS and 107 on Linux; this leaves room for the file's own.
_LONGEST_FOLDER = 103 - len(f"/{_PREFIX}12345678/{SOCKET}")
_PROGRAM = "from port_byollm.cli.verify.analyzer import serve\n\nserve(__file__)\n"


@dataclass(frozen=True)
class PlannedPolicy:
    name: str
    document: str | None = field(repr=False)
    """JSON; None if it is not known yet."""


@dataclass(frozen=True)
class PlannedIdentity:
    """A role or user of the stack. A value that is not known yet is None."""

    urn: str
    kind: str
    path: str
    name: str | None
    trust_policy: str | None = field(repr=False)
    policies: list[PlannedPolicy]
    boundary: PlannedPolicy | None
    elsewhere: list[str]
    """ARNs of attached policies that the stack does not manage."""
    boundary_elsewhere: str | None
    """ARN of the permissions boundary if the stack does not manage it."""

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> Self:
        policies = [PlannedPolicy(**policy) for policy in given["policies"]]
        boundary = given["boundary"] and PlannedPolicy(**given["boundary"])
        return cls(**{**given, "policies": policies, "boundary": boundary})


@dataclass(frozen=True)
class PlannedConnection:
    """The registration of Bedrock, its identity if the stack manages it, and the external IDs."""

    config: dict[str, str | None]
    models: list[str]
    identity: PlannedIdentity | None
    external_id: str | None = field(repr=False)
    previous: list[str | None] = field(repr=False)


@dataclass(frozen=True)
class Planned:
    """What a preview shows: the stack's Bedrock connection, if any, and all its roles and users."""

    connection: PlannedConnection | None
    identities: list[PlannedIdentity]

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        given = json.loads(text)
        connection = given["connection"]
        if connection is not None:
            identity = connection["identity"]
            connection["identity"] = identity and PlannedIdentity.from_dict(identity)
            connection = PlannedConnection(**connection)
        return cls(connection, [PlannedIdentity.from_dict(identity) for identity in given["identities"]])


@dataclass(frozen=True)
class Watching:
    """A policy pack to pass to one preview, and what it has seen."""

    stack: Stack
    pack: Path
    _message: Future[bytes]

    def planned(self, errors: Sequence[str]) -> Planned:
        """Return what the finished preview has shown.

        Raises PortByollmError if the preview reported `errors`, or the pack did not run.
        """
        if errors:
            raise PortByollmError(f"the stack {self.stack.name} cannot be previewed: {'; '.join(errors)}")
        if message := self._message.result():
            return Planned.from_json(message)
        raise PortByollmError("the engine previewed the stack without running the policy pack that reads it")


@contextmanager
def watching(stack: Stack) -> Iterator[Watching]:
    """Provide the pack for one preview of the stack, to be run within this context.

    Raises PortByollmError if `pulumi_policy` is not installed.
    """
    if find_spec("pulumi_policy") is None:
        raise PortByollmError(
            "proving a preview needs a policy pack: run `pip install 'port-byollm[policies]'` first"
        )
    with (
        TemporaryDirectory(prefix=_PREFIX, dir=_folder()) as name,
        socket.socket(socket.AF_UNIX) as listener,
        ThreadPoolExecutor(1) as waiting,
    ):
        pack = Path(name)
        pack.joinpath("PulumiPolicy.yaml").write_text(_description())
        pack.joinpath("__main__.py").write_text(_PROGRAM)
        listener.bind(str(pack / SOCKET))
        listener.listen()
        message = waiting.submit(_received, listener)
        try:
            yield Watching(stack, pack, message)
        finally:
            hand_over(pack, b"")  # unblocks the listener if the preview did not get to the pack


def preview(stack: Stack) -> Planned:
    """Return what an update of the stack would create.

    Raises PortByollmError with the engine's errors if the preview fails.
    """
    with watching(stack) as seen:
        errors = stack.preview_errors("--policy-pack", str(seen.pack))
    return seen.planned(errors)


def _folder() -> str | None:
    """Return the folder for the socket; None is the default temporary folder, unless its path is too long."""
    return None if len(gettempdir()) <= _LONGEST_FOLDER else "/tmp"  # noqa: S108 - the folder in it is private


def hand_over(pack: Path, message: bytes) -> None:
    """Send `message` to the command that waits for it."""
    with socket.socket(socket.AF_UNIX) as sender:
        sender.connect(str(pack / SOCKET))
        sender.sendall(message)


def _received(listener: socket.socket) -> bytes:
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as message:
        return message.read()


def _description() -> str:
    """Return a PulumiPolicy.yaml that runs the pack in this environment; JSON is valid YAML."""
    options = {} if sys.prefix == sys.base_prefix else {"virtualenv": sys.prefix}
    return json.dumps({"runtime": {"name": "python", "options": options}})
