"""What the package is to those who import it, and to those who install it."""

import os
import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import port_byollm

PROJECT = Path(__file__).parents[1]
HEAVY = ("pulumi", "pulumi_aws", "boto3", "httpx", "pydantic")
SOURCES = ("components", "engine", "policies", "sandbox")
README, COMPONENTS = ((PROJECT / page).read_text() for page in ("README.md", "docs/components.md"))


def test_exported_names_are_sorted_and_there() -> None:
    assert port_byollm.__all__ == sorted(port_byollm.__all__)
    assert [name for name in port_byollm.__all__ if getattr(port_byollm, name).__name__ != name] == []


def test_importing_the_package_imports_nothing_that_takes_time() -> None:
    program = f"import sys, port_byollm; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=PROJECT, capture_output=True, check=True)
    [built] = folder.glob("*.whl")
    return built


def brought_along(*extras: str) -> set[str]:
    """Names of all distributions that `port-byollm[extras]` requires, and what they require in turn."""
    names: set[str] = set()
    asked = {("port-byollm", extra) for extra in ("", *extras)}
    seen = set(asked)
    while asked:
        name, extra = asked.pop()
        for requirement in map(Requirement, distribution(name).requires or ()):
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                new = {(canonicalize_name(requirement.name), each) for each in ("", *requirement.extras)}
                asked |= new - seen
                seen |= new
                names |= {name for name, _ in new}
    return names


@pytest.fixture
def install(wheel: Path, tmp_path: Path) -> Callable[..., Path]:
    """Makes an environment with `port-byollm[extras]` from the wheel, and nothing else; returns its `bin`.

    What the package requires is linked from this environment: no registry is asked.
    """

    def install(*extras: str) -> Path:
        venv.create(tmp_path / "venv")
        [packages] = tmp_path.glob("venv/lib/python3*/site-packages")
        for name in brought_along(*extras):
            files = distribution(name).files or ()
            for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
                if not (packages / top).exists():
                    (packages / top).symlink_to(str(distribution(name).locate_file(top)))
        python = tmp_path / "venv/bin/python"
        options = ["--quiet", "--no-index", "--no-deps"]
        subprocess.run(
            [sys.executable, "-m", "pip", "--python", python, "install", *options, wheel],
            capture_output=True,
            check=True,
        )
        return python.parent

    return install


def run(scripts: Path, *command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the environment, whose scripts come first on PATH as when it is activated."""
    env = os.environ | {"PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        [scripts / command[0], *command[1:]],
        cwd=cwd, env=env, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip


def test_the_wheel_has_every_file_of_the_packages_and_no_other(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {entry.filename: entry.external_attr >> 16 & 0o111 for entry in archive.infolist()}
    # Those that are not committed yet belong to them, too.
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    command += [f"{source}/port_byollm*" for source in SOURCES]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    packages = [name.split("/", 1) for name in listed.split("\0") if (PROJECT / name).is_file()]
    assert {name for name in packed if ".dist-info/" not in name} == {name for _, name in packages}
    programs = {name for source, name in packages if os.access(PROJECT / source / name, os.X_OK)}
    assert {name for name, executable in packed.items() if executable} == programs
    assert {
        "port_byollm/plugin/pulumi-resource-port-byollm",
        "port_byollm_sandbox/aws_plugin/bin/pulumi-resource-aws",
    } < programs


def new_program(page: str) -> str:
    """What `page` prints for a program in a folder of its own."""
    [section] = re.findall(
        r"^## (?:Use it|Start a new program)\n(.*?)(?=^## )", page, re.DOTALL | re.MULTILINE
    )
    return str(section)


def files_of(section: str) -> dict[str, str]:
    """The files that `section` prints: name -> text."""
    return dict(re.findall(r"`([\w.]+)`[^`]*:\n\n```\w+\n(.*?)```", section, re.DOTALL))


def test_the_extra_sandbox_is_all_that_a_new_program_on_loopback_takes(
    install: Callable[..., Path], tmp_path: Path
) -> None:
    section = new_program(COMPONENTS)
    _, commands = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    scripts = install("sandbox")
    project = tmp_path / "project"
    project.mkdir()
    files = files_of(section)
    assert files.keys() == {"Pulumi.yaml", "__main__.py", "Pulumi.local.yaml", "Pulumi.prod.yaml"}
    for name, text in files.items():
        project.joinpath(name).write_text(text)
    try:
        for command in commands.splitlines():
            done = run(scripts, *command.split(), cwd=project)
            assert done.returncode == 0, done.stdout + done.stderr
        assert "The proof holds" in done.stdout
    finally:
        run(scripts, "port-byollm", "sandbox", "stop", cwd=project)


def test_the_readme_begins_the_same_program() -> None:
    short, whole = new_program(README), new_program(COMPONENTS)
    assert files_of(short).items() < files_of(whole).items()
    for command in re.findall(r"```sh\n(.*?)```", short, re.DOTALL):
        assert command in whole


def test_the_pages_install_extras_that_exist() -> None:
    pages = [README, *(page.read_text() for page in PROJECT.glob("docs/*.md"))]
    printed = [found for page in pages for found in re.findall(r"port-byollm\[([a-z,]+)\]", page)]
    assert {extra for found in printed for extra in found.split(",")} == set(
        distribution("port-byollm").metadata.get_all("Provides-Extra") or ()
    )
    unavailable = re.compile(r"pip install ['\"]?port-byollm[^@]*$", re.MULTILINE)  # no index has the package
    assert [line for page in pages for line in unavailable.findall(page)] == []


def test_the_extra_policies_is_all_that_the_pack_takes(install: Callable[..., Path], tmp_path: Path) -> None:
    program = (
        "from port_byollm_policies import policies; print(len(policies()));"
        "from port_byollm_policies.report import junit, sarif"
    )
    done = run(install("policies"), "python", "-c", program, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10


def test_without_extras_components_and_plugin_work_and_the_rest_names_its_extra(
    install: Callable[..., Path], tmp_path: Path
) -> None:
    scripts = install()
    program = (
        "import port_byollm; [getattr(port_byollm, name) for name in port_byollm.__all__];"
        "import port_byollm.plugin.provider"
    )
    done = run(scripts, "python", "-c", program, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    tmp_path.joinpath("Pulumi.yaml").write_text("{name: team, runtime: python}")
    tmp_path.joinpath("Pulumi.local.yaml").touch()
    tmp_path.joinpath("policies").mkdir()

    for extra, command in {
        "port-byollm[sandbox]": ("sandbox", "start"),
        "port-byollm[policies]": ("policy", "report", "--stack", "local"),
    }.items():
        done = run(scripts, "port-byollm", *command, cwd=tmp_path)
        assert done.returncode == 1
        assert done.stderr.startswith("Error: ")
        assert extra in done.stderr
