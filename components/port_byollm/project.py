"""The current Pulumi project."""

from pathlib import Path

# In the engine's order (pulumi/pulumi, sdk/go/common/encoding, `Exts`).
_FILES = ("Pulumi.json", "Pulumi.yaml", "Pulumi.yml")


def project_file(directory: Path | None = None) -> Path | None:
    """Return the project file in `directory` (default: the current one) or its nearest parent, or None."""
    start = (directory or Path.cwd()).absolute()
    for folder in (start, *start.parents):
        for name in _FILES:
            if (folder / name).is_file():
                return folder / name
    return None
