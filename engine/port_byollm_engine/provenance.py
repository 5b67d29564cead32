"""Where an engine in the cache comes from: a record beside it, which it is held to before it is used.

The record is an in-toto statement (https://in-toto.io/Statement/v1) whose predicate is SLSA's provenance
(https://slsa.dev/spec/v1.0/provenance). It is not signed: whoever may write the cache may write it too.
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
"""What an engine is made with or of: an in-toto ResourceDescriptor, with `uri` (a package URL) or `name`, and
`digest` by algorithm: `sha256` of a file, `dirHash` of a Go module, both in hexadecimal."""


@dataclass(frozen=True)
class Origin:
    """How an engine has come into being, and from what. `source` is OFFICIAL_RELEASE or GO_MODULE."""

    source: str
    parameters: Mapping[str, Any]
    resources: Sequence[Resource]


@dataclass(frozen=True)
class Provenance:
    """The record of one installation, as the folder `home` has it."""

    home: Path
    statement: Mapping[str, Any]

    @classmethod
    def record(cls, home: Path, engine_version: str, origin: Origin, started: datetime) -> Self:
        """Write down what `home/bin` now has in it."""
        files = sorted(path for path in home.glob("bin/**/*") if path.is_file())
        definition = {
            "buildType": f"{_ourselves()}#port_byollm_engine/{_MADE_BY[origin.source]}",
            "externalParameters": {"version": engine_version, "source": origin.source},
            "internalParameters": origin.parameters,
            "resolvedDependencies": origin.resources,
        }
        details = {
            "builder": {"id": _ourselves(), "version": {"pulumi": version("pulumi")}},
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
        """Raises EngineError where the record does not say what is to be known of an installation."""
        try:
            found = cls(home, json.loads((home / RECORD).read_text()))
            found.digests, found.source, found.resources  # noqa: B018 (each of them can be read)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EngineError(f"{home / RECORD} cannot be read ({error!r}); {_anew(home)}") from error
        return found

    @property
    def digests(self) -> dict[str, str]:
        """The SHA-256 of each file by its path within `home`."""
        return {each["name"]: each["digest"]["sha256"] for each in self.statement["subject"]}

    @property
    def source(self) -> str:
        return str(self._definition["externalParameters"]["source"])

    @property
    def resources(self) -> Sequence[Resource]:
        resources: Sequence[Resource] = self._definition["resolvedDependencies"]
        return resources

    def check(self, names: Iterable[str] | None = None) -> None:
        """Raises EngineError where a file is not what was installed; `names` are all by default."""
        for name in self.digests if names is None else names:
            path = self.home / name
            recorded = self.digests.get(name)
            found = sha256(path) if path.is_file() else None
            if found != recorded:
                raise EngineError(
                    f"{path} is not what was installed: its SHA-256 is {found or 'that of no file'}, and "
                    f"{RECORD} beside it has {recorded or 'none'}; it is not used: {_anew(self.home)}"
                )

    @property
    def _definition(self) -> Mapping[str, Any]:
        definition: Mapping[str, Any] = self.statement["predicate"]["buildDefinition"]
        return definition


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_MADE_BY = {OFFICIAL_RELEASE: "release.py", GO_MODULE: "build.py"}


def _ourselves() -> str:
    return f"pkg:pypi/port-byollm@{version('port-byollm')}"


def _timestamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _anew(home: Path) -> str:
    return f"remove {home} and run `port-byollm engine install`"
