"""The provenance record of a cached engine: a file beside it, against which it is checked before use.

The record is an in-toto statement (https://in-toto.io/Statement/v1) with SLSA provenance as its predicate
(https://slsa.dev/spec/v1.0/provenance). It is not signed: whoever can write to the cache can also change it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from port_byollm_engine.errors import EngineError

RECORD = "provenance.json"
OFFICIAL_RELEASE = "official-release"
GO_MODULE = "go-module"

Resource = Mapping[str, Any]
"""A dependency of an engine's build, as an in-toto ResourceDescriptor: `uri` (a package URL) or `name`, and
`digest` by algorithm (`sha256` of a file, `dirHash` of a Go module), in hexadecimal."""


@dataclass(frozen=True)
class Origin:
    """How an engine was made, and from which dependencies. `source` is OFFICIAL_RELEASE or GO_MODULE."""

    source: str
    parameters: Mapping[str, Any]
    resources: Sequence[Resource]


@dataclass(frozen=True)
class Provenance:
    """The record of the installation in the folder `home`."""

    home: Path
    statement: Mapping[str, Any]

    @classmethod
    def record(cls, home: Path, engine_version: str, origin: Origin, started: datetime) -> Self:
        """Write the record of the files that are now in `home/bin`."""
        files = sorted(path for path in home.glob("bin/**/*") if path.is_file())
        definition = {
            "buildType": f"{_builder()}#port_byollm_engine/{_MADE_BY[origin.source]}",
            "externalParameters": {"version": engine_version, "source": origin.source},
            "internalParameters": origin.parameters,
            "resolvedDependencies": origin.resources,
        }
        details = {
            "builder": {"id": _builder(), "version": {"pulumi": version("pulumi")}},
            "metadata": {"startedOn": _timestamp(started), "finishedOn": _timestamp(datetime.now(UTC))},
        }
        statement = {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [
                {"name": path.relative_to(home).as_posix(), "digest": {"sha256": sha256(path)}}
                for path in files
            ],
            "predicateType": "https://slsa.dev/provenance/v1",
            "predicate": {"buildDefinition": definition, "runDetails": details},
        }
        (home / RECORD).write_text(json.dumps(statement, indent=2) + "\n")
        return cls(home, statement)

    @classmethod
    def read(cls, home: Path) -> Self:
        """Read the record in `home`. Raises EngineError if it is missing or malformed."""
        try:
            provenance = cls(home, json.loads((home / RECORD).read_text()))
            provenance.digests, provenance.source, provenance.resources  # noqa: B018 (raise if malformed)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EngineError(f"{home / RECORD} cannot be read ({error!r}); {_reinstall(home)}") from error
        return provenance

    @property
    def digests(self) -> dict[str, str]:
        """Path of each file, relative to `home` -> its SHA-256."""
        return {each["name"]: each["digest"]["sha256"] for each in self.statement["subject"]}

    @property
    def source(self) -> str:
        return str(self._definition["externalParameters"]["source"])

    @property
    def resources(self) -> Sequence[Resource]:
        resources: Sequence[Resource] = self._definition["resolvedDependencies"]
        return resources

    def check(self, names: Iterable[str] | None = None) -> None:
        """Raise EngineError if a file differs from its recorded digest. `names` defaults to all files."""
        for name in self.digests if names is None else names:
            path = self.home / name
            recorded = self.digests.get(name)
            found = sha256(path) if path.is_file() else None
            if found != recorded:
                raise EngineError(
                    f"{path} is not what was installed: expected SHA-256 {recorded or '(none recorded)'}, "
                    f"found {found or '(no file)'}; {_reinstall(self.home)}"
                )

    @property
    def _definition(self) -> Mapping[str, Any]:
        definition: Mapping[str, Any] = self.statement["predicate"]["buildDefinition"]
        return definition


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_MADE_BY = {OFFICIAL_RELEASE: "release.py", GO_MODULE: "build.py"}


def _builder() -> str:
    return f"pkg:pypi/port-byollm@{version('port-byollm')}"


def _timestamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _reinstall(home: Path) -> str:
    return f"remove {home} and run `port-byollm engine install`"
