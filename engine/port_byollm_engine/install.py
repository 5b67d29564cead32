"""Get the Pulumi engine onto this machine, once."""

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
"""What is installed."""
LANGUAGE_HOST = "pulumi-language-python"
OUR_LANGUAGE_HOST = Path(__file__).parent / "bin" / LANGUAGE_HOST


@dataclass(frozen=True)
class Engine:
    """An executable `pulumi`."""

    path: Path
    version: str
    official: bool
    """Of one in the cache, what its record says; else whether Pulumi's own language host stands beside it, as
    in every release of theirs."""
    provenance: Provenance | None = field(default=None, compare=False, repr=False)
    """Of one in the cache."""

    def search_path(self) -> list[str]:
        """The folders to put first on PATH, so that this engine and its language host are the ones found."""
        folders = [str(self.path.parent)]
        if not (self.path.resolve().parent / LANGUAGE_HOST).exists():
            folders.append(str(OUR_LANGUAGE_HOST.parent))
        return folders


def cache_directory() -> Path:
    """The user's, for all clones: PORT_BYOLLM_CACHE, else `port-byollm` in XDG_CACHE_HOME or ~/.cache."""
    if own := os.environ.get("PORT_BYOLLM_CACHE"):
        return Path(own).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "port-byollm"


def ensure(report: Report | None = None) -> Engine:
    """`pulumi` on PATH where it is supported, else the one in the cache, which is installed now if need be.

    `report` gets a line for a `pulumi` on PATH that is passed over, and for each stage of an installation
    (default: to stderr). Raises `EngineError`, also where what is in the cache is not what was installed.
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
                f"{home.parent}: {error.strerror or error}; mend that or name another PORT_BYOLLM_CACHE"
            ) from error
    provenance = Provenance.read(home)
    # What every run starts. A release has more beside it, which `port-byollm engine provenance` checks.
    provenance.check(("bin/pulumi", f"bin/{LANGUAGE_HOST}"))
    official = provenance.source == OFFICIAL_RELEASE
    return Engine(home / "bin" / "pulumi", VERSION, official, provenance)


def _on_path() -> tuple[Engine | None, str]:
    """The suitable engine on PATH, or why the one that is there is not."""
    found = shutil.which("pulumi")
    if found is None:
        return None, ""
    path = Path(found)
    if path.resolve().is_relative_to(cache_directory().resolve()):
        return None, ""  # our own, as in a shell with the sandbox's environment
    try:
        version = _version(path)
    except EngineError as error:
        return None, f"{found} is not used: {error}"
    if not versions.is_supported(version):
        return None, f"{found} is not used: it is {version}, and {versions.RANGE}, is needed"
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
    said = completed.stdout.strip()
    if completed.returncode != 0 or not re.fullmatch(r"v?[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]*)?", said):
        raise EngineError(
            f"`pulumi version` says {said[:80]!r} and ends with exit code {completed.returncode}"
        )
    return said.removeprefix("v")


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
            return  # by whoever held the lock before
        if home.exists():  # of unknown origin
            shutil.rmtree(home)
        for left_over in home.parent.glob(".half-*"):
            shutil.rmtree(left_over, ignore_errors=True)
        started = time.monotonic()
        with tempfile.TemporaryDirectory(
            prefix=".half-", dir=home.parent, ignore_cleanup_errors=True
        ) as half:
            root = Path(half, "engine")
            _fill(root, Path(half, "scratch"), report)
            root.rename(home)  # all of it or nothing
        report(f"installed Pulumi {VERSION} in {home} ({time.monotonic() - started:.0f} s)")


def _fill(root: Path, scratch: Path, report: Report) -> None:
    started = datetime.now(UTC)
    report(f"getting Pulumi {VERSION} (official release)")
    try:
        release.download(root, VERSION)
        origin = release.ORIGIN
    except EngineError as error:
        report(f"  not to be had: {error}")
        shutil.rmtree(root, ignore_errors=True)
        scratch.mkdir()
        origin = build.build(root, VERSION, scratch, report)
        shutil.copy(OUR_LANGUAGE_HOST, root / "bin")
    installed = _version(root / "bin" / "pulumi")
    if installed != VERSION:
        raise EngineError(f"Pulumi {VERSION} was asked for and {installed} came; it is not used: try again")
    Provenance.record(root, VERSION, origin, started)


@contextmanager
def _lock(path: Path, report: Report) -> Iterator[None]:
    """One installation at a time; the system drops the lock of a process that was killed."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("another installation of the engine is under way; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
