"""The official release's installer, held in a child process."""

import time
from pathlib import Path

import pytest

from port_byollm_engine import release
from port_byollm_engine.errors import EngineError


def installer(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Let the child find a `pulumi.automation` whose installer does `body`."""
    package = folder / "pulumi"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "automation.py").write_text(
        "import pathlib, subprocess, sys, time\n"
        "class PulumiCommand:\n"
        "    @classmethod\n"
        "    def install(cls, root, version):\n"
        f"        {body}\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(folder))


def test_installs_the_version_into_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installer(tmp_path, monkeypatch, "pathlib.Path(root).write_text(str(version))")

    release.download(tmp_path / "root", "3.250.0")

    assert (tmp_path / "root").read_text() == "3.250.0"


def test_a_failure_is_told_in_its_last_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installer(tmp_path, monkeypatch, "raise OSError('no route to host')")

    with pytest.raises(EngineError, match=r"^no route to host$"):
        release.download(tmp_path / "root", "3.250.0")


def test_what_the_install_script_said_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "['sh', '-c', 'echo first; echo curl: 403; exit 22']"
    installer(tmp_path, monkeypatch, f"subprocess.check_output({script})")

    with pytest.raises(EngineError, match=r"^curl: 403$"):
        release.download(tmp_path / "root", "3.250.0")


def test_a_download_that_hangs_is_killed_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The grandchild holds the pipe open: killing the child alone would wait for it.
    installer(tmp_path, monkeypatch, "subprocess.run(['sleep', '60'])")
    started = time.monotonic()

    with pytest.raises(EngineError, match=r"did not end within 0\.5 seconds"):
        release.download(tmp_path / "root", "3.250.0", deadline=0.5)
    assert time.monotonic() - started < 10
