"""The Pulumi project, and the files beside it."""

import hashlib
import json
import os
from pathlib import Path

from port_byollm.cli.stack.local_state import NAME as LOCAL
from port_byollm.errors import ConfigError, PortByollmError
from port_byollm.project import project_file


def sandbox_directory(directory: Path | None = None) -> Path:
    """Return PORT_BYOLLM_SANDBOX_DIR, else `.sandbox` beside Pulumi.yaml."""
    if own := os.environ.get("PORT_BYOLLM_SANDBOX_DIR"):
        return Path(own).absolute()
    project = project_file(directory)
    if project is None:
        raise PortByollmError(
            "there is no Pulumi.yaml here or above; run this in the project, or set PORT_BYOLLM_SANDBOX_DIR"
        )
    return project.parent / ".sandbox"


def configuration_file(stack: str) -> Path:
    """Return the path of the project's `Pulumi.<stack>.yaml`, which need not exist."""
    folder, suffix = _configuration_folder()
    return folder / f"Pulumi.{stack.rpartition('/')[2]}{suffix}"


def check_stack_exists(stack: str, directory: Path | None = None) -> None:
    """Raise ConfigError, naming the known stacks, if the project has no configuration for `stack`.

    Does not query the backend, so a misspelled name is reported without signing in. The sandbox's stack
    always exists.
    """
    folder, suffix = _configuration_folder(directory)
    files = (path.name.removesuffix(suffix) for path in folder.glob(f"Pulumi.*{suffix}"))
    # `Pulumi.<stack>.deploy.yaml` has a stack's settings for Pulumi Deployments.
    known = sorted({file.removeprefix("Pulumi.") for file in files if not file.endswith(".deploy")} | {LOCAL})
    if stack.rpartition("/")[2] not in known:
        raise ConfigError(
            "--stack",
            f"there is no stack {stack} in {folder}",
            f"use one of {', '.join(known)}, or name its configuration with --config-file",
        )


def _configuration_folder(directory: Path | None = None) -> tuple[Path, str]:
    """Return the folder of the configuration files, and their suffix, which is that of the project file."""
    import yaml  # imported late: not every command needs it

    project = project_file(directory)
    if project is None:
        raise PortByollmError("there is no Pulumi.yaml here or above; run this in the project")
    folder = (yaml.safe_load(project.read_text()) or {}).get("stackConfigDir") or "."
    return project.parent / folder, project.suffix


def selected_stack(directory: Path | None = None) -> str | None:
    """Return the project's stack that `pulumi stack select` has stored, or None."""
    for note in _selection(directory):
        try:
            return str(json.loads(note.read_text())["stack"]) or None
        except (OSError, ValueError, KeyError, TypeError):
            return None  # the engine reports what is wrong with it
    return None


def unselect_stack(directory: Path | None = None) -> None:
    """Clear the selection, as `pulumi stack unselect` does."""
    for note in _selection(directory):
        note.unlink(missing_ok=True)


def _selection(directory: Path | None) -> list[Path]:
    """Return the file that stores the selection, in Pulumi's home, if it exists.

    Its path is `workspaces/<project>-<SHA-1 of Pulumi.yaml's path>-workspace.json`.
    """
    project = project_file(directory)
    if project is None:
        return []
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    digest = hashlib.sha1(str(project).encode(), usedforsecurity=False).hexdigest()
    return list(home.glob(f"workspaces/*-{digest}-workspace.json"))
