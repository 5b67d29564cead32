"""The Makefile on machines that lack something."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
    return subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True, check=False)


def python(folder: Path, script: str) -> Path:
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_help_is_the_default_and_names_every_target(tmp_path: Path) -> None:
    for target in ("up", "down", "test", "check", "help"):
        assert f"make {target}\t" in make(tmp_path).stdout


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ('case "$2" in *version_info*) exit 1;; esac', "Python 3.11 or newer is needed"),
        ('case "$2" in *ensurepip*) exit 1;; esac', "has no venv"),
    ],
)
def test_an_unsuitable_python_is_named(tmp_path: Path, script: str, said: str) -> None:
    done = make(tmp_path, "check", f"PYTHON={python(tmp_path, script)}")

    assert done.returncode != 0
    assert said in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_half_made_environment_is_made_again(tmp_path: Path) -> None:
    # Makes a .venv whose pip fails, as it does when the network goes away.
    broken = python(
        tmp_path,
        'if [ "$2" = venv ]; then mkdir -p .venv/bin; printf "#!/bin/sh\\nexit 1\\n" > .venv/bin/python\n'
        "chmod +x .venv/bin/python; echo made >> made; fi",
    )
    for _ in range(2):
        assert make(tmp_path, ".venv/installed", f"PYTHON={broken}").returncode != 0

    assert (tmp_path / "made").read_text() == "made\nmade\n"


def test_an_environment_is_kept_until_the_lock_changes(tmp_path: Path) -> None:
    good = python(
        tmp_path,
        'if [ "$2" = venv ]; then mkdir -p .venv/bin; printf "#!/bin/sh\\n" > .venv/bin/python\n'
        "chmod +x .venv/bin/python; fi",
    )
    target = (".venv/installed", f"PYTHON={good}")
    assert "venv --clear" in make(tmp_path, *target).stdout
    (tmp_path / ".venv/installed").touch()
    # make() copies both files anew, with the time of now.
    assert "venv --clear" in make(tmp_path, *target).stdout
    done = subprocess.run(["make", *target], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "venv --clear" not in done.stdout


def test_the_sandbox_is_stopped_where_the_stack_cannot_be_destroyed(tmp_path: Path) -> None:
    command = tmp_path / ".venv/bin/port-byollm"
    command.parent.mkdir(parents=True)
    command.write_text('#!/bin/sh\necho "$@" >> ran; [ "$1" != pulumi ]\n')
    command.chmod(0o755)
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv/installed").touch()

    done = subprocess.run(["make", "down"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "ran").read_text().splitlines() == [
        "sandbox status",
        "pulumi destroy --stack local --yes",
        "sandbox stop",
    ]
