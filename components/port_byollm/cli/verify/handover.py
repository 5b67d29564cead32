"""How a preview's documents come to the command, with their secrets and without a trace.

`pulumi preview --json` masks secrets, and the external ID stands in the trust policy. Policies are given
secrets decrypted: so the preview runs with a policy pack of one policy (`analyzer`), which hands over what it
sees by way of a socket in a folder that nobody else may enter. Nothing of it is printed or written to disk.
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
# A socket's path may have 103 characters on macOS, 107 on Linux: beside the temporary folder, these.
_LONGEST_FOLDER = 103 - len(f"/{_PREFIX}12345678/{SOCKET}")
_PROGRAM = "from port_byollm.cli.verify.analyzer import serve\n\nserve(__file__)\n"


@dataclass(frozen=True)
class PlannedPolicy:
    name: str
    document: str | None = field(repr=False)
    """JSON; None where it is not known yet."""


@dataclass(frozen=True)
class PlannedIdentity:
    """A role or user of the stack. None stands for what is not known yet."""

    urn: str
    kind: str
    path: str
    name: str | None
    trust_policy: str | None = field(repr=False)
    policies: list[PlannedPolicy]
    boundary: PlannedPolicy | None
    elsewhere: list[str]
    """ARNs of policies attached to it that are not the stack's."""
    boundary_elsewhere: str | None
    """ARN of its permissions boundary where that is not the stack's."""

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> Self:
        policies = [PlannedPolicy(**one) for one in given["policies"]]
        boundary = given["boundary"] and PlannedPolicy(**given["boundary"])
        return cls(**{**given, "policies": policies, "boundary": boundary})


@dataclass(frozen=True)
class PlannedConnection:
    """The registration of Bedrock, the identity that it names where that is the stack's, and external IDs."""

    config: dict[str, str | None]
    models: list[str]
    identity: PlannedIdentity | None
    external_id: str | None = field(repr=False)
    previous: list[str | None] = field(repr=False)


@dataclass(frozen=True)
class Planned:
    """What a preview shows of a stack: its connection of Bedrock, if any, and all its roles and users."""

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
        return cls(connection, [PlannedIdentity.from_dict(one) for one in given["identities"]])


@dataclass(frozen=True)
class Watching:
    """A policy pack to name to one preview, and what that has shown."""

    stack: Stack
    pack: Path
    _message: Future[bytes]

    def planned(self, errors: Sequence[str]) -> Planned:
        """To be asked when the preview is over, which said `errors`: with any, it has not shown all.

        Raises PortByollmError with them, and where the pack was not run.
        """
        if errors:
            raise PortByollmError(f"the stack {self.stack.name} cannot be previewed: {'; '.join(errors)}")
        if message := self._message.result():
            return Planned.from_json(message)
        raise PortByollmError("the engine previewed the stack, and did not run the policy that was to see it")


@contextmanager
def watching(stack: Stack) -> Iterator[Watching]:
    """Within, a preview of the stack is to be run with the pack.

    Raises PortByollmError where no pack can be.
    """
    if find_spec("pulumi_policy") is None:
        raise PortByollmError(
            "a preview is proven by way of a policy pack: `pip install 'port-byollm[policies]'` first"
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
            hand_over(pack, b"")  # for who still waits, because the preview got nowhere


def preview(stack: Stack) -> Planned:
    """What an update of the stack would make.

    Raises PortByollmError where the preview fails, with what the engine says.
    """
    with watching(stack) as seen:
        errors = stack.preview_errors("--policy-pack", str(seen.pack))
    return seen.planned(errors)


def _folder() -> str | None:
    """Where to put the socket: the temporary folder, unless its path is too long."""
    return None if len(gettempdir()) <= _LONGEST_FOLDER else "/tmp"  # noqa: S108 - the folder in it is private


def hand_over(pack: Path, message: bytes) -> None:
    """Send what was seen to the command that waits for it."""
    with socket.socket(socket.AF_UNIX) as sender:
        sender.connect(str(pack / SOCKET))
        sender.sendall(message)


def _received(listener: socket.socket) -> bytes:
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as message:
        return message.read()


def _description() -> str:
    """A PulumiPolicy.yaml that has the pack run in this very environment; JSON is YAML."""
    options = {} if sys.prefix == sys.base_prefix else {"virtualenv": sys.prefix}
    return json.dumps({"runtime": {"name": "python", "options": options}})
