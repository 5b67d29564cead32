"""The state of the stack `local`, also when an update was killed."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from port_byollm.errors import PortByollmError

NAME = "local"


@dataclass(frozen=True)
class Operation:
    """What the engine had begun with a resource, and not yet finished."""

    kind: str
    """`creating`, `updating`, `deleting`, …"""
    urn: str
    type: str
    inputs: Mapping[str, Any]

    @classmethod
    def of(cls, pending: Mapping[str, Any]) -> Self:
        resource = pending["resource"]
        return cls(pending["type"], resource["urn"], resource["type"], resource.get("inputs") or {})

    @property
    def creates(self) -> bool:
        return self.kind == "creating"

    def __str__(self) -> str:
        return f"{self.kind} {self.type} {self.urn.rpartition('::')[2]}"


class LocalState:
    """What the file backend at `backend_url` (`file://…`) holds of the stack `local`.

    Its layout (pulumi/pulumi, pkg/backend/diy): `.pulumi/stacks/<project>/<stack>.json` and
    `.pulumi/locks/organization/<project>/<stack>/*.json`.
    """

    def __init__(self, backend_url: str) -> None:
        self._root = Path(unquote(urlsplit(backend_url).path)) / ".pulumi"

    def exists(self) -> bool:
        return self._checkpoint() is not None

    def create(self, engine: Path, env: Mapping[str, str], cwd: Path | None) -> None:
        """`pulumi stack init`, without a trace in the user's own selection of stacks."""
        command = [str(engine), "stack", "init", NAME, "--no-select", "--non-interactive"]
        done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, check=False)
        if done.returncode != 0 and not self.exists():
            raise PortByollmError(
                f"the stack {NAME} cannot be created: {(done.stderr or done.stdout).strip()}"
            )

    def unlock(self) -> bool:
        """Clear up after updates whose process is gone; whether no update is left that runs."""
        free = True
        for lock in self._root.glob(f"locks/*/*/{NAME}/*.json"):
            try:
                pid = int(json.loads(lock.read_text())["pid"])
            except (OSError, ValueError, KeyError, TypeError):
                pid = None  # being written this very moment
            if pid is None or _is_engine(pid):
                free = False
            else:
                lock.unlink(missing_ok=True)
                lock.with_name(f"{lock.name}.attrs").unlink(missing_ok=True)
        if free:
            self._drop_broken_attributes()
        return free

    def _drop_broken_attributes(self) -> None:
        """The backend replaces a file as a whole, but writes its `.attrs` in place (gocloud.dev's fileblob).

        A kill at that moment leaves them empty, and the file unreadable. Without them it can be read.
        """
        for attributes in self._root.rglob("*.attrs"):
            try:
                json.loads(attributes.read_text())
            except ValueError:
                attributes.unlink()

    def interrupted(self) -> list[Operation]:
        """What a killed update was at work on."""
        return [Operation.of(pending) for pending in self._latest().get("pending_operations") or []]

    def settle(self, created: Mapping[str, str]) -> None:
        """Prepare the state for an update that refreshes first, and so settles what was interrupted.

        The engine does not know whether an interrupted creation took place. Where its id can be told in
        advance (`created`, by URN) the resource is noted as created, as `pulumi refresh
        --import-pending-creates` does, and the refresh drops it if it is not there. Any other creation counts
        as not begun: Port's resources are taken over when they are created again. To be called only while no
        update runs.
        """
        path = self._checkpoint()
        if path is None:
            return
        document = json.loads(path.read_text())
        latest = document["checkpoint"]["latest"]
        for pending in latest["pending_operations"]:
            resource = pending["resource"]
            if Operation.of(pending).creates and resource["urn"] in created:
                latest["resources"].append(resource | {"id": created[resource["urn"]]})
        latest["pending_operations"] = [
            pending for pending in latest["pending_operations"] if not Operation.of(pending).creates
        ]
        new = path.with_suffix(".new")
        new.write_text(json.dumps(document))
        new.replace(path)
        path.with_name(f"{path.name}.attrs").unlink(missing_ok=True)  # the old content's checksum

    def ids(self, resource_type: str) -> list[str]:
        """The ids of the resources of that type."""
        resources = self._latest().get("resources") or []
        return [resource["id"] for resource in resources if resource["type"] == resource_type]

    def _latest(self) -> dict[str, Any]:
        """The newest deployment that the checkpoint holds; empty where there is none."""
        path = self._checkpoint()
        document = json.loads(path.read_text()) if path else {}
        return (document.get("checkpoint") or {}).get("latest") or {}

    def _checkpoint(self) -> Path | None:
        return next(self._root.glob(f"stacks/*/{NAME}.json"), None)


def _is_engine(pid: int) -> bool:
    """Whether `pid` is a running engine, and not another process that got a dead one's number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        # `pid (name) state …`; a zombie is dead, although nobody has asked for its exit code yet.
        name, _, state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    except OSError:
        return True  # no /proc on this system
    return "pulumi" in name and not state.startswith(" Z")
