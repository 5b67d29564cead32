"""Where the Pulumi project is, and what belongs beside it."""

import hashlib
import json
import os
from pathlib import Path

from port_byollm.cli.stack.local_state import NAME as LOCAL
from port_byollm.errors import ConfigError, PortByollmError
from port_byollm.project import project_file


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
    folder, suffix = _configuration_folder()
    return folder / f"Pulumi.{stack.rpartition('/')[2]}{suffix}"


def check_stack_exists(stack: str, directory: Path | None = None) -> None:
    """Raises ConfigError where the project here has no configuration for it, with the stacks that have one.

    The engine's backend may not be asked: whoever has misspelt a stack need not be signed in to be told. The
    sandbox's own stack is always there.
    """
    folder, suffix = _configuration_folder(directory)
    files = (path.name.removesuffix(suffix) for path in folder.glob(f"Pulumi.*{suffix}"))
    # `Pulumi.<stack>.deploy.yaml` is a stack's too: the settings of Pulumi Deployments.
    known = sorted({file.removeprefix("Pulumi.") for file in files if not file.endswith(".deploy")} | {LOCAL})
    if stack.rpartition("/")[2] not in known:
        raise ConfigError(
            "--stack",
            f"there is no stack {stack} in {folder}",
            f"use one of {', '.join(known)}, or name its configuration with --config-file",
        )


def _configuration_folder(directory: Path | None = None) -> tuple[Path, str]:
    """Where the configuration files are, and how their names end: as the project's own does."""
    import yaml  # not every command waits for it

    project = project_file(directory)
    if project is None:
        raise PortByollmError("there is no Pulumi.yaml here or above; run this in the project")
    folder = (yaml.safe_load(project.read_text()) or {}).get("stackConfigDir") or "."
    return project.parent / folder, project.suffix


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
