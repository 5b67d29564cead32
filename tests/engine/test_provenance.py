"""The record of where an engine comes from."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from port_byollm_engine import release
from port_byollm_engine.errors import EngineError
from port_byollm_engine.provenance import GO_MODULE, RECORD, Origin, Provenance

MODULE = {"uri": "pkg:golang/example.com/x@v1.0.0", "digest": {"dirHash": "beef"}}
STARTED = datetime(2026, 11, 2, 12, 30, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in ("pulumi", "pulumi-language-go"):
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    return tmp_path


def test_is_a_statement_of_slsa_provenance_about_every_file(home: Path) -> None:
    Provenance.record(home, "3.250.0", Origin(GO_MODULE, {"CGO_ENABLED": "0"}, [MODULE]), STARTED)

    statement = json.loads((home / RECORD).read_text())
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    assert {each["name"]: each["digest"]["sha256"] for each in statement["subject"]} == {
        f"bin/{name}": hashlib.sha256(name.encode()).hexdigest() for name in ("pulumi", "pulumi-language-go")
    }
    definition = statement["predicate"]["buildDefinition"]
    assert definition["buildType"].endswith("#port_byollm_engine/build.py")
    assert definition["externalParameters"] == {"version": "3.250.0", "source": "go-module"}
    assert definition["internalParameters"] == {"CGO_ENABLED": "0"}
    assert definition["resolvedDependencies"] == [MODULE]
    details = statement["predicate"]["runDetails"]
    assert details["builder"]["id"].startswith("pkg:pypi/port-byollm@")
    assert details["metadata"]["startedOn"] == "2026-11-02T12:30:00Z"
    assert details["metadata"]["finishedOn"] > details["metadata"]["startedOn"]


def test_of_a_release_names_what_downloaded_it(home: Path) -> None:
    provenance = Provenance.record(home, "3.250.0", release.ORIGIN, STARTED)

    assert provenance.source == "official-release"
    definition = provenance.statement["predicate"]["buildDefinition"]
    assert definition["buildType"].endswith("#port_byollm_engine/release.py")
    assert provenance.statement["predicate"]["runDetails"]["builder"]["version"]["pulumi"]


def test_reads_what_was_recorded(home: Path) -> None:
    recorded = Provenance.record(home, "3.250.0", Origin(GO_MODULE, {}, [MODULE]), STARTED)

    read = Provenance.read(home)

    assert read == recorded
    read.check()


def test_every_file_is_checked_unless_some_are_named(home: Path) -> None:
    provenance = Provenance.record(home, "3.250.0", release.ORIGIN, STARTED)
    (home / "bin/pulumi-language-go").write_text("another")

    provenance.check(["bin/pulumi"])
    with pytest.raises(EngineError, match="bin/pulumi-language-go is not what was installed"):
        provenance.check()


def test_a_file_that_was_not_installed_is_refused(home: Path) -> None:
    provenance = Provenance.record(home, "3.250.0", release.ORIGIN, STARTED)
    (home / "bin/pulumi-language-python").write_text("put there later")

    with pytest.raises(EngineError, match=r"expected SHA-256 \(none recorded\)"):
        provenance.check(["bin/pulumi-language-python"])


@pytest.mark.parametrize("content", ["", "[]", "{}", {"subject": [{"name": "bin/pulumi"}]}])
def test_a_record_that_says_nothing_is_refused_with_the_way_out(home: Path, content: Any) -> None:
    (home / RECORD).write_text(content if isinstance(content, str) else json.dumps(content))

    with pytest.raises(EngineError, match=r"cannot be read .*; remove .* `port-byollm engine install`"):
        Provenance.read(home)
