"""Which engine is used, and how one comes onto a machine that has none."""

import json
import threading
import time
from pathlib import Path

import pytest

from port_byollm_engine import install, release
from port_byollm_engine.errors import EngineError
from port_byollm_engine.provenance import sha256

from .conftest import Machine

# A Go that is new enough, and knows what it has compiled.
BUILD_INFO = {
    "GoVersion": "go1.26.8",
    "Main": {"Path": "github.com/pulumi/pulumi/pkg/v3", "Version": "v3.250.0", "Sum": "h1:3q0="},
    "Deps": [
        {
            "Path": "example.com/old",
            "Version": "v1.0.0",
            "Replace": {"Path": "example.com/new", "Version": "v1.0.1", "Sum": "h1:vu8="},
        }
    ],
}
GO_VERSION = f"""
if [ "$1 $2" = "version -m" ]; then echo '{json.dumps(BUILD_INFO)}'; exit; fi
if [ "$1" = version ]; then echo "go version go1.26.8 linux/amd64"; exit; fi
"""
# Compiles a `pulumi` into what -o names, as `go build -v … -o FILE package` does.
GO_BUILD = """
while [ "$1" != -o ]; do shift; done
mkdir="${2%/*}"; /bin/mkdir -p "$mkdir"
printf '#!/bin/sh\\necho v3.250.0\\n' > "$2"; /bin/chmod +x "$2"
"""


def ensure(machine: Machine) -> install.Engine:
    return install.ensure(machine.reported.append)


def test_pulumi_on_path_is_used_as_it_is(machine: Machine) -> None:
    pulumi = machine.executable("pulumi", "echo v3.251.0")

    assert ensure(machine) == install.Engine(pulumi, "3.251.0", official=False)
    assert not machine.cache.exists()


def test_pulumi_with_its_language_host_beside_it_is_an_official_release(machine: Machine) -> None:
    pulumi = machine.executable("pulumi", "echo v3.250.0")
    machine.executable("pulumi-language-python", "exit 0")

    engine = ensure(machine)

    assert engine == install.Engine(pulumi, "3.250.0", official=True)
    assert engine.search_path() == [str(machine.bin)]


def test_a_link_to_an_official_release_is_one(machine: Machine) -> None:
    folder = machine.root / "opt"
    machine.executable("pulumi", "echo v3.250.0", folder)
    machine.executable("pulumi-language-python", "exit 0", folder)
    (machine.bin / "pulumi").symlink_to(folder / "pulumi")

    assert ensure(machine).official


def test_pulumi_without_a_language_host_gets_ours_on_path(machine: Machine) -> None:
    machine.executable("pulumi", "echo v3.250.0")

    folders = ensure(machine).search_path()

    assert folders[0] == str(machine.bin)
    assert [Path(folder, "pulumi-language-python").is_file() for folder in folders] == [False, True]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo v3.249.0", "it is 3.249.0; 3.250.0 or a later"),
        ("echo v2.300.0", "it is 2.300.0"),
        ("echo v4.0.0", "it is 4.0.0"),
        ("echo v3.250.0; exit 1", "ended with exit code 1"),
        ("echo hello", "printed 'hello'"),
    ],
)
def test_an_unsuitable_pulumi_on_path_is_passed_over_with_the_reason(
    machine: Machine, script: str, reason: str
) -> None:
    machine.executable("pulumi", script)
    machine.executable("go", GO_VERSION + GO_BUILD)

    engine = ensure(machine)

    assert engine.path == machine.cache / "engine/3.250.0/bin/pulumi"
    assert machine.reported[0].startswith(f"{machine.bin}/pulumi is not used: ")
    assert reason in machine.reported[0]


def test_a_file_that_cannot_be_executed_is_passed_over(machine: Machine) -> None:
    machine.executable("pulumi", "").write_bytes(b"\x7fELF of another machine")
    machine.executable("go", GO_VERSION + GO_BUILD)

    assert ensure(machine).path.is_relative_to(machine.cache)
    assert "it does not run" in machine.reported[0]


def test_the_official_release_is_taken_where_it_can_be_downloaded(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(root: Path, version: str) -> None:
        machine.executable("pulumi", f"echo v{version}", root / "bin")
        machine.executable("pulumi-language-python", "exit 0", root / "bin")

    monkeypatch.setattr(release, "download", download)

    assert ensure(machine) == install.Engine(
        machine.cache / "engine/3.250.0/bin/pulumi", "3.250.0", official=True
    )
    assert machine.left_in_cache() == ["3.250.0"]


def test_without_the_release_it_is_built_with_our_language_host_beside_it(machine: Machine) -> None:
    machine.executable("go", GO_VERSION + GO_BUILD)

    engine = ensure(machine)

    assert engine == install.Engine(machine.cache / "engine/3.250.0/bin/pulumi", "3.250.0", official=False)
    assert engine.search_path() == [str(engine.path.parent)]
    assert sorted(path.name for path in engine.path.parent.iterdir()) == ["pulumi", "pulumi-language-python"]
    assert machine.left_in_cache() == ["3.250.0"]
    assert any("no such host" in line for line in machine.reported)


def test_the_cached_engine_is_used_again_without_a_word(machine: Machine) -> None:
    machine.executable("go", GO_VERSION + GO_BUILD)
    first = ensure(machine)
    machine.reported.clear()
    (machine.bin / "go").unlink()

    assert ensure(machine) == first
    assert machine.reported == []


def test_an_unsuitable_pulumi_on_path_is_told_each_time(machine: Machine) -> None:
    machine.executable("go", GO_VERSION + GO_BUILD)
    ensure(machine)
    machine.reported.clear()
    machine.executable("pulumi", "echo v3.249.0")

    assert ensure(machine).path.is_relative_to(machine.cache)
    [said] = machine.reported
    assert said == (
        f"{machine.bin}/pulumi is not used: it is 3.249.0; 3.250.0 or a later 3.x version is required"
    )


def test_an_engine_without_a_record_is_installed_anew(machine: Machine) -> None:
    machine.executable("pulumi", "echo v3.250.0 of whatever origin", machine.cache / "engine/3.250.0/bin")
    machine.executable("go", GO_VERSION + GO_BUILD)

    engine = ensure(machine)

    assert "of whatever origin" not in engine.path.read_text()
    assert (machine.cache / "engine/3.250.0/provenance.json").is_file()


@pytest.mark.parametrize("name", ["pulumi", "pulumi-language-python"])
def test_an_engine_that_is_not_what_was_installed_is_refused(machine: Machine, name: str) -> None:
    machine.executable("go", GO_VERSION + GO_BUILD)
    file = ensure(machine).path.with_name(name)
    file.write_text(f"{file.read_text()}# and more\n")

    with pytest.raises(EngineError) as caught:
        ensure(machine)
    home = machine.cache / "engine/3.250.0"
    assert f"{file} is not what was installed" in str(caught.value)
    assert str(caught.value).endswith(f"remove {home} and run `port-byollm engine install`")


def test_an_engine_of_which_a_file_is_gone_is_refused(machine: Machine) -> None:
    machine.executable("go", GO_VERSION + GO_BUILD)
    ensure(machine).path.unlink()

    with pytest.raises(EngineError, match=r"found \(no file\)"):
        ensure(machine)


def test_a_built_engine_is_not_official_whatever_stands_beside_it(machine: Machine) -> None:
    machine.executable("go", GO_VERSION + GO_BUILD)
    record = machine.cache / "engine/3.250.0/provenance.json"
    ensure(machine)
    host = machine.executable("pulumi-language-python", "exit 0", machine.cache / "engine/3.250.0/bin")
    statement = json.loads(record.read_text())
    statement["subject"][1]["digest"]["sha256"] = sha256(host)
    record.write_text(json.dumps(statement))

    assert not ensure(machine).official


def test_our_own_engine_on_path_is_the_cached_one(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.executable("go", GO_VERSION + GO_BUILD)
    first = ensure(machine)
    monkeypatch.setenv("PATH", str(first.path.parent))

    assert ensure(machine) == first


def test_another_version_than_asked_for_is_not_installed(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        release,
        "download",
        lambda root, version: machine.executable("pulumi", "echo v3.249.0", root / "bin"),
    )

    with pytest.raises(EngineError, match=r"requested Pulumi 3\.250\.0 but got 3\.249\.0"):
        ensure(machine)
    assert machine.left_in_cache() == []


def test_an_interrupted_installation_leaves_nothing(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(root: Path, version: str) -> None:
        machine.executable("pulumi", "echo v3.250.0", root / "bin")
        raise KeyboardInterrupt

    monkeypatch.setattr(release, "download", download)

    with pytest.raises(KeyboardInterrupt):
        ensure(machine)
    assert machine.left_in_cache() == []


def test_what_a_killed_installation_left_is_removed_by_the_next(machine: Machine) -> None:
    machine.executable("pulumi", "echo v3.250.0", machine.cache / "engine/.half-killed/engine/bin")
    machine.executable("go", GO_VERSION + GO_BUILD)

    ensure(machine)

    assert machine.left_in_cache() == ["3.250.0"]


def test_two_installations_at_once_are_one(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    downloads = []

    def download(root: Path, version: str) -> None:
        downloads.append(root)
        time.sleep(0.2)
        machine.executable("pulumi", f"echo v{version}", root / "bin")

    monkeypatch.setattr(release, "download", download)
    engines: list[install.Engine] = []
    threads = [threading.Thread(target=lambda: engines.append(ensure(machine))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(downloads) == 1
    assert len(engines) == 2
    assert engines[0] == engines[1]
    assert "another installation of the engine is in progress; waiting for it" in machine.reported


def test_a_cache_that_cannot_be_written_is_named(machine: Machine) -> None:
    machine.cache.write_text("a file, not a folder")

    with pytest.raises(EngineError, match=r"cache/engine: Not a directory; .* PORT_BYOLLM_CACHE"):
        ensure(machine)


def test_the_cache_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PORT_BYOLLM_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert install.cache_directory() == tmp_path / ".cache/port-byollm"

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert install.cache_directory() == tmp_path / "xdg/port-byollm"
