"""The state of the stack `local`, and its repair after a killed update."""

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
    """An operation on a resource that the engine started and did not finish."""

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
    """The stack `local` in the file backend at `backend_url` (`file://…`).

    Its layout (pulumi/pulumi, pkg/backend/diy): `.pulumi/stacks/<project>/<stack>.json` and
    `.pulumi/locks/organization/<project>/<stack>/*.json`.
    """

    def __init__(self, backend_url: str) -> None:
        self._root = Path(unquote(urlsplit(backend_url).path)) / ".pulumi"

    def exists(self) -> bool:
        return self._checkpoint() is not None

    def create(self, engine: Path, env: Mapping[str, str], cwd: Path | None) -> None:
        """Run `pulumi stack init` without changing the user's selected stack."""
        command = [str(engine), "stack", "init", NAME, "--no-select", "--non-interactive"]
        result = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, check=False)
        if result.returncode != 0 and not self.exists():
            raise PortByollmError(
                f"the stack {NAME} cannot be created: {(result.stderr or result.stdout).strip()}"
            )

    def unlock(self) -> bool:
        """Remove the locks of updates whose process is gone. Return whether no update is running."""
        free = True
        for lock in self._root.glob(f"locks/*/*/{NAME}/*.json"):
            try:
                pid = int(json.loads(lock.read_text())["pid"])
            except (OSError, ValueError, KeyError, TypeError):
                pid = None  # is being written
            if pid is None or _is_engine(pid):
                free = False
            else:
                lock.unlink(missing_ok=True)
                lock.with_name(f"{lock.name}.attrs").unlink(missing_ok=True)
        if free:
            self._drop_broken_attributes()
        return free

    def _drop_broken_attributes(self) -> None:
        """Delete unreadable `.attrs` files, which gocloud.dev's fileblob writes in place.

        A kill during the write leaves one empty, and its file unreadable; without it, the file is readable.
        """
        for attributes in self._root.rglob("*.attrs"):
            try:
                json.loads(attributes.read_text())
            except ValueError:
                attributes.unlink()

    def interrupted(self) -> list[Operation]:
        """Return the operations that a killed update left unfinished."""
        return [Operation.of(pending) for pending in self._latest().get("pending_operations") or []]

    def settle(self, created: Mapping[str, str]) -> None:
        """Prepare the state for an update with `--refresh`, which then settles what was interrupted.

        The engine does not know whether an interrupted creation took place. A resource whose id is known in
        advance (`created`: URN -> id) is recorded as created, as `pulumi refresh --import-pending-creates`
        does; the refresh drops it if it does not exist. Any other creation counts as not started: creating a
        resource of Port again takes over an existing one. Call this only while no update is running.
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
        """Return the ids of the resources of a type."""
        resources = self._latest().get("resources") or []
        return [resource["id"] for resource in resources if resource["type"] == resource_type]

    def _latest(self) -> dict[str, Any]:
        """Return the latest deployment in the checkpoint; empty if there is none."""
        path = self._checkpoint()
        document = json.loads(path.read_text()) if path else {}
        return (document.get("checkpoint") or {}).get("latest") or {}

    def _checkpoint(self) -> Path | None:
        return next(self._root.glob(f"stacks/*/{NAME}.json"), None)


def _is_engine(pid: int) -> bool:
    """Whether `pid` is a running engine, and not another process that reuses the id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        # `pid (name) state …`; a zombie has ended, although nobody has read its exit code yet.
        name, _, state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    except OSError:
        return True  # no /proc on this system
    return "pulumi" in name and not state.startswith(" Z")
