"""A record as a file, with its SHA-256 in a file beside it."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from port_byollm.cli.json_file import parse_json
from port_byollm.errors import ConfigError


def write(path: Path, record: Mapping[str, Any]) -> None:
    """Write `record` and its seal, a line that `sha256sum --check` reads."""
    content = (json.dumps(record, indent=2) + "\n").encode()
    path.write_bytes(content)
    _seal(path).write_text(f"{hashlib.sha256(content).hexdigest()}  {path.name}\n")


def read(path: Path) -> dict[str, Any]:
    """Read a record. Raises ConfigError if its seal is missing or does not match."""
    seal, content = _seal(path), path.read_bytes()
    if not seal.is_file():
        raise ConfigError(str(path), f"there is no {seal.name} beside it", "keep the two files together")
    if seal.read_text().split()[:1] != [hashlib.sha256(content).hexdigest()]:
        raise ConfigError(str(path), f"it does not match {seal.name}: one of them was changed")
    record: dict[str, Any] = parse_json(content.decode(), str(path))
    return record


def _seal(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
