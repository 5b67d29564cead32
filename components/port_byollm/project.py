"""The Pulumi project that one is in."""

from pathlib import Path

# In the engine's order (pulumi/pulumi, sdk/go/common/encoding, `Exts`).
_FILES = ("Pulumi.json", "Pulumi.yaml", "Pulumi.yml")


def project_file(directory: Path | None = None) -> Path | None:
    """The project's Pulumi.yaml, in `directory` (default: the current one) or the nearest folder above."""
    start = (directory or Path.cwd()).absolute()
    for folder in (start, *start.parents):
        for name in _FILES:
            if (folder / name).is_file():
                return folder / name
    return None
