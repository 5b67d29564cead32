"""Find a Pulumi engine, or install one into the user's cache."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from port_byollm_engine import build, release, versions
from port_byollm_engine.build import Report
from port_byollm_engine.errors import EngineError
from port_byollm_engine.provenance import OFFICIAL_RELEASE, RECORD, Provenance

VERSION = versions.OLDEST
"""The version that gets installed."""
LANGUAGE_HOST = "pulumi-language-python"
OUR_LANGUAGE_HOST = Path(__file__).parent / "bin" / LANGUAGE_HOST


@dataclass(frozen=True)
class Engine:
    """An executable `pulumi`."""

    path: Path
    version: str
    official: bool
    """Whether it is Pulumi's release: according to its record if it is in the cache, else if Pulumi's own
    language host is beside it, as in every release."""
    provenance: Provenance | None = field(default=None, compare=False, repr=False)
    """Only of an engine in the cache."""

    def search_path(self) -> list[str]:
        """Return the folders to prepend to PATH, so that this engine and its language host are found."""
        folders = [str(self.path.parent)]
        if not (self.path.resolve().parent / LANGUAGE_HOST).exists():
            folders.append(str(OUR_LANGUAGE_HOST.parent))
        return folders


def cache_directory() -> Path:
    """The user's cache: PORT_BYOLLM_CACHE, else `port-byollm` in XDG_CACHE_HOME or ~/.cache."""
    if configured := os.environ.get("PORT_BYOLLM_CACHE"):
        return Path(configured).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "port-byollm"


def ensure(report: Report | None = None) -> Engine:
    """Return `pulumi` on PATH if its version is supported, else the cached engine, installing it if needed.

    `report` gets a line if a `pulumi` on PATH is skipped, and one for each stage of an installation
    (default: print to stderr). Raises `EngineError`, also if the cached engine differs from its record.
    """
    report = report or (lambda line: print(line, file=sys.stderr, flush=True))
    engine, unsuitable = _on_path()
    if engine is not None:
        return engine
    if unsuitable:
        report(unsuitable)
    home = cache_directory() / "engine" / VERSION
    if not (home / RECORD).is_file():
        try:
            _install(home, report)
        except OSError as error:
            raise EngineError(
                f"{home.parent}: {error.strerror or error}; fix this, or set another PORT_BYOLLM_CACHE"
            ) from error
    provenance = Provenance.read(home)
    # The executables that every run starts; `port-byollm engine provenance` checks the rest of a release.
    provenance.check(("bin/pulumi", f"bin/{LANGUAGE_HOST}"))
    official = provenance.source == OFFICIAL_RELEASE
    return Engine(home / "bin" / "pulumi", VERSION, official, provenance)


def _on_path() -> tuple[Engine | None, str]:
    """Return the engine on PATH if it is usable, else None and the reason, empty if there is none."""
    found = shutil.which("pulumi")
    if found is None:
        return None, ""
    path = Path(found)
    if path.resolve().is_relative_to(cache_directory().resolve()):
        return None, ""  # the cached engine, as in a shell with the sandbox's environment
    try:
        version = _version(path)
    except EngineError as error:
        return None, f"{found} is not used: {error}"
    if not versions.is_supported(version):
        return None, f"{found} is not used: it is {version}; {versions.RANGE} is required"
    return Engine(path, version, _is_official(path)), ""


def _version(executable: Path) -> str:
    try:
        completed = subprocess.run(
            [executable, "version"],
            env=os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError(f"it does not run ({error})") from error
    output = completed.stdout.strip()
    if completed.returncode != 0 or not re.fullmatch(
        r"v?[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]*)?", output
    ):
        raise EngineError(
            f"`pulumi version` printed {output[:80]!r} and ended with exit code {completed.returncode}"
        )
    return output.removeprefix("v")


def _is_official(executable: Path) -> bool:
    host = executable.resolve().parent / LANGUAGE_HOST
    if not host.is_file():
        return False
    with host.open("rb") as file:
        return b"port_byollm_engine" not in file.read(1024)


def _install(home: Path, report: Report) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    with _lock(home.parent / ".lock", report):
        if (home / RECORD).is_file():
            return  # installed by another process while this one waited for the lock
        if home.exists():  # without a record: of unknown origin
            shutil.rmtree(home)
        for left_over in home.parent.glob(".half-*"):  # of interrupted installations
            shutil.rmtree(left_over, ignore_errors=True)
        started = time.monotonic()
        with tempfile.TemporaryDirectory(
            prefix=".half-", dir=home.parent, ignore_cleanup_errors=True
        ) as half:
            root = Path(half, "engine")
            _fill(root, Path(half, "scratch"), report)
            root.rename(home)  # atomic
        report(f"installed Pulumi {VERSION} in {home} ({time.monotonic() - started:.0f} s)")


def _fill(root: Path, scratch: Path, report: Report) -> None:
    started = datetime.now(UTC)
    report(f"getting Pulumi {VERSION} (official release)")
    try:
        release.download(root, VERSION)
        origin = release.ORIGIN
    except EngineError as error:
        report(f"  not available: {error}")
        shutil.rmtree(root, ignore_errors=True)
        scratch.mkdir()
        origin = build.build(root, VERSION, scratch, report)
        shutil.copy(OUR_LANGUAGE_HOST, root / "bin")
    installed = _version(root / "bin" / "pulumi")
    if installed != VERSION:
        raise EngineError(f"requested Pulumi {VERSION} but got {installed}; nothing was installed, try again")
    Provenance.record(root, VERSION, origin, started)


@contextmanager
def _lock(path: Path, report: Report) -> Iterator[None]:
    """Allow one installation at a time. The system releases the lock of a killed process."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("another installation of the engine is in progress; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
