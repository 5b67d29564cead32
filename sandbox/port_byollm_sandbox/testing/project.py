"""A project in a folder of its own, where a test may change its configuration."""

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
"""Of a program that is a function."""


class Project:
    """The project in the folder `source`, or one for a program that is a function, put together in `folder`.

    Nothing is written to `source`: what is in it is linked, but for configuration files, which the engine
    writes into (a stack's salt), and which tests that run side by side would share.
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
        """Give `stack` the configuration that the source has for it, with `config` laid over it."""
        name = f"Pulumi.{stack}.yaml"
        given = _read(self._configuration / name) if self._configuration else {}
        # The salt that the engine has written stays: it is how the stack's secrets are encrypted.
        kept = {**given, **_read(self.folder / name)}
        _write(self.folder / name, {**kept, "config": {**given.get("config", {}), **config}})


def _read(path: Path) -> dict[str, Any]:
    return (yaml.safe_load(path.read_text()) if path.exists() else None) or {}


def _write(path: Path, content: Mapping[str, object]) -> None:
    path.write_text(yaml.safe_dump(dict(content)))
