"""Machines made up: what is on PATH, in the cache and in reach is the test's to say."""

from pathlib import Path

import pytest

from port_byollm_engine import release
from port_byollm_engine.errors import EngineError


class Machine:
    """A folder of executables that is all of PATH, an empty cache, and no official release in reach."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bin = root / "bin"
        self.cache = root / "cache"
        self.reported: list[str] = []
        self.bin.mkdir()

    def executable(self, name: str, script: str, folder: Path | None = None) -> Path:
        path = (folder or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def left_in_cache(self) -> list[str]:
        return sorted(path.name for path in (self.cache / "engine").iterdir() if path.name != ".lock")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path)
    monkeypatch.setenv("PATH", str(machine.bin))
    monkeypatch.setenv("PORT_BYOLLM_CACHE", str(machine.cache))
    for name in ("GOFLAGS", "GOMODCACHE", "GOCACHE"):
        monkeypatch.delenv(name, raising=False)

    def download(root: Path, version: str) -> None:
        (root / "bin").mkdir(parents=True)
        (root / "bin" / "half").touch()
        raise EngineError("no such host")

    monkeypatch.setattr(release, "download", download)
    return machine
