"""The language host over gRPC, and with the real engine."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import language_pb2 as pb
from pulumi.runtime.proto.language_pb2_grpc import LanguageRuntimeStub

from port_byollm_engine import install
from port_byollm_engine.language_host import interpreter


@pytest.fixture
def engine_address() -> Iterator[str]:
    """Something that listens, which is all that the host wants to know of an engine before it serves."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def process(engine_address: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "port_byollm_engine.language_host", "-v=3", engine_address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.fixture
def host(process: subprocess.Popen[str]) -> Iterator[LanguageRuntimeStub]:
    assert process.stdout is not None
    with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
        yield LanguageRuntimeStub(channel)


def info(folder: Path, **options: str) -> pb.ProgramInfo:
    struct = Struct()
    struct.update(options)
    return pb.ProgramInfo(
        root_directory=str(folder), program_directory=str(folder), entry_point=".", options=struct
    )


def test_answers_what_the_engine_asks_before_a_run(host: LanguageRuntimeStub, tmp_path: Path) -> None:
    program = info(tmp_path)

    host.Handshake(pb.LanguageHandshakeRequest(engine_address="127.0.0.1:1"))
    assert host.GetPluginInfo(Empty()).version == ""
    assert not host.GetRequiredPackages(pb.GetRequiredPackagesRequest(info=program)).packages
    assert not host.GetRequiredPlugins(pb.GetRequiredPluginsRequest(info=program)).plugins
    assert list(host.InstallDependencies(pb.InstallDependenciesRequest(info=program))) == []
    assert host.About(pb.AboutRequest(info=program)).executable == sys.executable
    dependencies = host.GetProgramDependencies(pb.GetProgramDependenciesRequest(info=program)).dependencies
    assert pb.DependencyInfo(name="pulumi", version=install.VERSION) in dependencies


def test_runs_a_plugin_with_its_arguments_environment_and_exit_code(
    host: LanguageRuntimeStub, tmp_path: Path
) -> None:
    (tmp_path / "__main__.py").write_text(
        "import os, sys\n"
        "print(sys.argv[1:], os.environ['GREETING'], os.getcwd())\n"
        "print('oh', file=sys.stderr)\n"
        "sys.exit(3)\n"
    )

    answers = list(
        host.RunPlugin(
            pb.RunPluginRequest(
                info=info(tmp_path), kind="resource", args=["a", "b"], env=["GREETING=x=y"], pwd=str(tmp_path)
            )
        )
    )

    assert b"".join(answer.stdout for answer in answers) == f"['a', 'b'] x=y {tmp_path}\n".encode()
    assert b"".join(answer.stderr for answer in answers) == b"oh\n"
    assert answers[-1].exitcode == 3


def test_a_plugin_ends_when_the_engine_hangs_up(host: LanguageRuntimeStub, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)\n")
    stream = host.RunPlugin(pb.RunPluginRequest(info=info(tmp_path), env=[f"PATH={os.environ['PATH']}"]))
    plugin = int(next(stream).stdout)

    stream.cancel()

    assert gone(plugin)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_without_a_word(
    process: subprocess.Popen[str], host: LanguageRuntimeStub, number: signal.Signals
) -> None:
    host.GetPluginInfo(Empty())

    process.send_signal(number)

    assert process.communicate(timeout=10) == ("", "")
    assert process.returncode == 0


def test_it_ends_with_a_parent_that_is_killed(engine_address: str) -> None:
    parent = (
        "import subprocess, sys, time\n"
        "host = subprocess.Popen([sys.executable, '-m', 'port_byollm_engine.language_host', sys.argv[1]],\n"
        "                        stdout=subprocess.PIPE)\n"
        "host.stdout.readline()\n"
        "print(host.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent, engine_address], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        host = int(process.stdout.readline())
        process.kill()

    assert gone(host)


def test_it_does_not_serve_an_engine_that_is_gone_already() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"

    done = subprocess.run(
        [sys.executable, "-m", "port_byollm_engine.language_host", address],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_interpreter_is_that_of_the_projects_virtualenv(tmp_path: Path) -> None:
    assert interpreter(info(tmp_path)) == sys.executable
    assert interpreter(info(tmp_path, virtualenv=sys.prefix)) == sys.executable
    assert interpreter(info(tmp_path, virtualenv="venv")) == f"{tmp_path}/venv/bin/python"


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").is_file() and ") Z " in Path(f"/proc/{pid}/stat").read_text():
            return True
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    return False


class Project:
    """A Pulumi project of its own, with a file backend, for the real engine and our language host."""

    def __init__(self, folder: Path) -> None:
        def refuse(line: str) -> None:
            pytest.fail(f"there is no engine: run `port-byollm engine install` first ({line})")

        engine = install.ensure(refuse)
        self.folder = folder
        self.executable = engine.path
        host = install.OUR_LANGUAGE_HOST.parent
        (folder / "state").mkdir()
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "AWS_"))
        } | {
            "PATH": os.pathsep.join([str(host), *engine.search_path(), os.environ["PATH"]]),
            "PORT_BYOLLM_PYTHON": sys.executable,
            "PULUMI_BACKEND_URL": f"file://{folder}/state",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "trial",
            "PULUMI_STACK": "trial",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "no_proxy": "127.0.0.1",
            "NO_PROXY": "127.0.0.1",
        }
        self.write("")
        self.pulumi("stack", "init", "trial")

    def write(self, program: str, options: str = "{}") -> None:
        (self.folder / "Pulumi.yaml").write_text(
            f"name: trial\nruntime: {{name: python, options: {options}}}\nmain: program/\n"
        )
        (self.folder / "program").mkdir(exist_ok=True)
        (self.folder / "program/__main__.py").write_text(program)

    def pulumi(self, *arguments: str, fails: bool = False) -> str:
        done = subprocess.run(
            [self.executable, *arguments, "--non-interactive", "--color=never"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def up(self, program: str, *, fails: bool = False) -> str:
        self.write(program)
        return self.pulumi("up", "--yes", "--skip-preview", fails=fails)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_program_finds_its_surroundings(project: Project) -> None:
    (project.folder / "program").joinpath("beside.py").write_text("ANSWER = 42\n")
    project.pulumi("config", "set", "--secret", "password", "hunter2")
    program = (
        "import os, sys, pulumi\n"
        "import beside\n"
        "config = pulumi.Config()\n"
        "pulumi.export('seen', dict(stack=pulumi.get_stack(), project=pulumi.get_project(),\n"
        "    organization=pulumi.get_organization(), root=pulumi.runtime.get_root_directory(),\n"
        "    preview=pulumi.runtime.is_dry_run(), cwd=os.getcwd(), argv=sys.argv, beside=beside.ANSWER,\n"
        "    secret=config.is_secret('password') if hasattr(config, 'is_secret') else None))\n"
        "pulumi.export('password', config.require_secret('password'))\n"
        "print('a line of the program')\n"
    )

    assert "a line of the program" in project.up(program)
    outputs = json.loads(project.pulumi("stack", "output", "--json"))

    assert outputs["password"] == "[secret]"
    seen = outputs["seen"]
    seen.pop("secret")
    assert seen == {
        "stack": "trial",
        "project": "trial",
        "organization": "organization",
        "root": str(project.folder),
        "preview": False,
        "cwd": f"{project.folder}/program",
        "argv": ["."],
        "beside": 42,
    }


def test_a_preview_and_an_update_in_one_command_both_run_the_program(project: Project) -> None:
    project.write("import pulumi\nprint('preview' if pulumi.runtime.is_dry_run() else 'update')\n")

    said = project.pulumi("up", "--yes")

    assert "    preview\n" in said
    assert "    update\n" in said


def test_an_uncaught_exception_is_shown_from_the_program_on(project: Project) -> None:
    said = project.up("def deep():\n    raise ValueError('boom')\ndeep()\n", fails=True)

    trace = said[said.index("error: Program failed with an unhandled exception:") :]
    assert '__main__.py", line 3, in <module>' in trace
    assert "ValueError: boom" in trace
    assert "language_host" not in said
    assert "runpy" not in said


def test_a_run_error_is_shown_as_its_message_alone(project: Project) -> None:
    said = project.up(
        "import pulumi\nclass Wrong(pulumi.RunError): ...\nraise Wrong('key: is wrong; do this')\n",
        fails=True,
    )

    assert "error: key: is wrong; do this\n" in said
    assert "Traceback" not in said
    assert said.count("error:") <= 2  # while it runs, and in the summary


def test_an_exception_in_an_apply_fails_the_update(project: Project) -> None:
    said = project.up(
        "import pulumi\npulumi.export('x', pulumi.Output.from_input(1).apply(lambda _: 1 / 0))\n", fails=True
    )

    assert "ZeroDivisionError" in said


def test_a_program_that_exits_fails_with_its_code(project: Project) -> None:
    assert "non-zero exit code: 3" in project.up("import sys\nsys.exit(3)\n", fails=True)


def test_a_folder_without_a_program_is_named(project: Project) -> None:
    project.write("")
    (project.folder / "program/__main__.py").unlink()

    said = project.pulumi("up", "--yes", "--skip-preview", fails=True)

    assert f"unable to find main python program `__main__.py` in `{project.folder}/program`" in said


def test_another_virtualenv_runs_the_program_with_its_own_interpreter(project: Project) -> None:
    venv.create(project.folder / "own", with_pip=False, symlinks=True)
    [packages] = (project.folder / "own/lib").glob("*/site-packages")
    here = next(path for path in sys.path if path.endswith("site-packages"))
    (packages / "here.pth").write_text(here)
    project.write("import sys, pulumi\npulumi.export('prefix', sys.prefix)\n", "{virtualenv: own}")

    project.pulumi("up", "--yes", "--skip-preview")

    assert json.loads(project.pulumi("stack", "output", "--json"))["prefix"] == str(project.folder / "own")


def test_a_policy_pack_runs(project: Project) -> None:
    pack = project.folder / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (pack / "__main__.py").write_text(
        "from pulumi_policy import EnforcementLevel, PolicyPack, StackValidationPolicy\n"
        "rule = StackValidationPolicy('no-stack', 'No stack may be.',\n"
        "    lambda args, report: report('not this one'), enforcement_level=EnforcementLevel.MANDATORY)\n"
        "PolicyPack('trial', policies=[rule])\n"
    )

    said = project.pulumi("preview", "--policy-pack", str(pack), fails=True)

    assert "not this one" in said


def test_an_engine_that_is_killed_leaves_no_process(project: Project) -> None:
    project.write("import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(60)\n")
    note = project.folder / "program/pid"
    with subprocess.Popen(
        [project.executable, "up", "--yes", "--skip-preview"],
        cwd=project.folder,
        env=project.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as engine:
        deadline = time.monotonic() + 30
        pid = 0
        while not pid and time.monotonic() < deadline:
            with contextlib.suppress(OSError, ValueError):
                pid = int(note.read_text())
            time.sleep(0.05)
        engine.kill()

    assert pid
    assert gone(pid)
