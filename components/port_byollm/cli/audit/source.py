"""The Git revision of the sources."""

import subprocess
from pathlib import Path
from typing import Any


def source(project: Path) -> dict[str, Any] | None:
    """Return the commit, and whether anything differs from it, also untracked files; None outside Git."""
    revision = _git(project, "rev-parse", "HEAD")
    status = _git(project, "status", "--porcelain")
    if revision is None or status is None:
        return None
    return {"revision": revision, "isDirty": bool(status)}


def _git(directory: Path, *arguments: str) -> str | None:
    try:
        command = ["git", "-C", str(directory), *arguments]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return result.stdout.strip() if result.returncode == 0 else None
