"""Where the Pulumi project is, and what belongs beside it."""

import hashlib
import json
import os
from pathlib import Path

from port_byollm.errors import PortByollmError


def project_file(directory: Path | None = None) -> Path | None:
    """The Pulumi.yaml of `directory` (default: the current one) or of the nearest folder above it."""
    start = (directory or Path.cwd()).absolute()
    for folder in (start, *start.parents):
        for name in ("Pulumi.yaml", "Pulumi.yml"):
            if (folder / name).is_file():
                return folder / name
    return None


def sandbox_directory(directory: Path | None = None) -> Path:
    """PORT_BYOLLM_SANDBOX_DIR, else `.sandbox` beside the Pulumi.yaml."""
    if own := os.environ.get("PORT_BYOLLM_SANDBOX_DIR"):
        return Path(own).absolute()
    project = project_file(directory)
    if project is None:
        raise PortByollmError(
            "there is no Pulumi.yaml here or above; run this in the project, or set PORT_BYOLLM_SANDBOX_DIR"
        )
    return project.parent / ".sandbox"


def configuration_file(stack: str) -> Path:
    """The `Pulumi.<stack>.yaml` of the project here; it need not exist."""
    import yaml  # not every command waits for it

    project = project_file()
    if project is None:
        raise PortByollmError("there is no Pulumi.yaml here or above; run this in the project")
    folder = (yaml.safe_load(project.read_text()) or {}).get("stackConfigDir") or "."
    return project.parent / folder / f"Pulumi.{stack.rpartition('/')[2]}.yaml"


def selected_stack(directory: Path | None = None) -> str | None:
    """The stack that `pulumi stack select` has noted for the project."""
    for note in _selection(directory):
        try:
            return str(json.loads(note.read_text())["stack"]) or None
        except (OSError, ValueError, KeyError, TypeError):
            return None  # the engine says what is wrong with it
    return None


def unselect_stack(directory: Path | None = None) -> None:
    """Forget it, as `pulumi stack unselect` does."""
    for note in _selection(directory):
        note.unlink(missing_ok=True)


def _selection(directory: Path | None) -> list[Path]:
    """Its note in Pulumi's home: `workspaces/<project>-<SHA-1 of Pulumi.yaml's path>-workspace.json`."""
    project = project_file(directory)
    if project is None:
        return []
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    digest = hashlib.sha1(str(project).encode(), usedforsecurity=False).hexdigest()
    return list(home.glob(f"workspaces/*-{digest}-workspace.json"))
