"""The state of the stack `local`, also when an update was killed."""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from port_byollm.errors import PortByollmError

NAME = "local"


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
        """Remove the locks of updates whose process is gone; whether no update is left that runs."""
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
        return free

    def interrupted(self, id_of: Callable[[str, Mapping[str, Any]], str | None]) -> list[str]:
        """The resources that a killed update was at work on; after this call, a refresh settles each of them.

        The engine does not know whether an interrupted creation took place. Where its id can be told in
        advance (`id_of`, of type and inputs) the resource is noted as created, as `pulumi refresh
        --import-pending-creates` does, and the refresh drops it if it is not there. Any other counts as not
        begun: Port's resources are taken over when they are created again. To be called only while no
        update runs.
        """
        path = self._checkpoint()
        if path is None:
            return []
        checkpoint = json.loads(path.read_text())
        latest = (checkpoint.get("checkpoint") or {}).get("latest") or {}
        pending = latest.get("pending_operations") or []
        if pending:
            latest["pending_operations"] = [
                operation for operation in pending if operation["type"] != "creating"
            ]
            for operation in pending:
                resource = operation["resource"]
                if operation["type"] == "creating" and (
                    resource_id := id_of(resource["type"], resource.get("inputs") or {})
                ):
                    latest["resources"].append(resource | {"id": resource_id})
            new = path.with_suffix(".new")
            new.write_text(json.dumps(checkpoint))
            new.replace(path)
            path.with_name(f"{path.name}.attrs").unlink(missing_ok=True)  # the old content's checksum
        return [f"{operation['type']} {_short(operation['resource']['urn'])}" for operation in pending]

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
        return "pulumi" in Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return True  # no /proc on this system


def _short(urn: str) -> str:
    """Type and name, which are the end of `urn:pulumi:<stack>::<project>::<parents$type>::<name>`."""
    types, _, name = urn.partition("::")[2].partition("::")[2].partition("::")
    return f"{types.rpartition('$')[2]} {name}"
