"""Which revision of the sources is here."""

import subprocess
from pathlib import Path
from typing import Any


def source(project: Path) -> dict[str, Any] | None:
    """The commit, and whether anything differs from it, untracked files too; None outside of Git."""
    revision = _git(project, "rev-parse", "HEAD")
    status = _git(project, "status", "--porcelain")
    if revision is None or status is None:
        return None
    return {"revision": revision, "isDirty": bool(status)}


def _git(directory: Path, *arguments: str) -> str | None:
    try:
        command = ["git", "-C", str(directory), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
