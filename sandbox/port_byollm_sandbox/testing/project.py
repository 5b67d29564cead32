"""A Pulumi project in a temporary folder, where a test may change its configuration."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

import port_byollm
from port_byollm.errors import ConfigError
from port_byollm.project import project_file

INLINE = {
    "name": "test",
    "runtime": "python",
    "plugins": {
        "providers": [{"name": "port-byollm", "path": str(Path(port_byollm.__file__).parent / "plugin")}]
    },
}
"""`Pulumi.yaml` of a program that is a function."""


class Project:
    """A project assembled in `folder`: that of the folder `source`, or one for a program that is a function.

    Nothing is written to `source`: its entries are linked, except for the configuration files, to which the
    engine writes (a stack's salt) and which concurrent tests would share. Raises ConfigError if `source` has
    no Pulumi.yaml.
    """

    def __init__(self, folder: Path, source: Path | None = None) -> None:
        self.folder = folder
        self._configuration: Path | None = None
        settings: dict[str, Any] = INLINE
        if source is not None:
            file = project_file(source)
            if file is None or file.parent != source.absolute():
                raise ConfigError(str(source), "there is no Pulumi.yaml", "name the folder of a project")
            settings = _read(file)
            self._configuration = source.absolute() / settings.pop("stackConfigDir", "")
            for entry in source.absolute().iterdir():
                if not entry.name.startswith("Pulumi."):
                    folder.joinpath(entry.name).symlink_to(entry)
        _write(folder / "Pulumi.yaml", settings)

    def configure(self, stack: str, config: Mapping[str, object]) -> None:
        """Write the configuration of `stack`: the source's, in which `config` replaces values."""
        name = f"Pulumi.{stack}.yaml"
        source = _read(self._configuration / name) if self._configuration else {}
        # Keep the salt that the engine has written: the stack's secrets are encrypted with it.
        kept = {**source, **_read(self.folder / name)}
        _write(self.folder / name, {**kept, "config": {**source.get("config", {}), **config}})


def _read(path: Path) -> dict[str, Any]:
    return (yaml.safe_load(path.read_text()) if path.exists() else None) or {}


def _write(path: Path, content: Mapping[str, object]) -> None:
    path.write_text(yaml.safe_dump(dict(content)))
