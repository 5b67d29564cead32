"""`port-byollm engine provenance` and `sbom`."""

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version

import pytest

from port_byollm_engine import release
from port_byollm_engine.provenance import Provenance

from .conftest import CommandLine


@pytest.fixture
def installed(command_line: CommandLine) -> CommandLine:
    """The engine as if it had been installed into the cache."""
    home = command_line.engine.path.parents[1]
    provenance = Provenance.record(home, "3.250.0", release.ORIGIN, datetime.now(UTC))
    command_line.engine = replace(command_line.engine, provenance=provenance)
    return command_line


def test_provenance_prints_the_record(installed: CommandLine) -> None:
    result = installed.run("engine", "provenance")

    statement = json.loads(result.output)
    assert [each["name"] for each in statement["subject"]] == ["bin/pulumi", "bin/pulumi-language-python"]


def test_provenance_refuses_what_was_not_installed(installed: CommandLine) -> None:
    (installed.folder / "bin/pulumi-language-python").write_text("another")

    result = installed.run("engine", "provenance")

    assert result.exit_code == 1
    assert "bin/pulumi-language-python is not what was installed" in result.output


def test_an_engine_on_path_has_no_provenance(command_line: CommandLine) -> None:
    result = command_line.run("engine", "provenance")

    assert result.exit_code == 1
    assert f"{command_line.engine.path} was not installed by port-byollm" in result.output


def test_sbom_takes_the_hashes_of_the_lock_beside_the_project(installed: CommandLine) -> None:
    entry = f"click=={version('click')} \\\n    --hash=sha256:{'ab' * 32}\n"
    (installed.folder / "requirements.lock").write_text(entry)

    result = installed.run("engine", "sbom")

    document = json.loads(result.output)
    assert document["bomFormat"] == "CycloneDX"
    [click] = [each for each in document["components"] if each["name"] == "click"]
    assert click["externalReferences"][0]["hashes"][0]["content"] == "ab" * 32


def test_sbom_takes_another_lock_where_one_is_named(installed: CommandLine) -> None:
    (installed.folder / "requirements.lock").write_text("")
    other = installed.folder / "other.lock"
    other.write_text(f"click=={version('click')} \\\n    --hash=sha256:{'cd' * 32}\n")

    assert "cd" * 32 in installed.run("engine", "sbom", "--lock", str(other)).output


def test_sbom_without_its_library_says_how_to_get_it(
    installed: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith(("cyclonedx", "port_byollm_engine.sbom"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("port_byollm_engine.sbom", raising=False)
    monkeypatch.setitem(sys.modules, "cyclonedx", None)

    result = installed.run("engine", "sbom")

    assert result.exit_code == 1
    assert "pip install 'port-byollm[sbom]'" in result.output
