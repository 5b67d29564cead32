"""What a killed update leaves, taken away with the real engine."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from port_byollm.cli.pulumi.environment import applied, engine_environment
from port_byollm.cli.stack.local_state import LocalState
from port_byollm_engine import install


@pytest.fixture
def backend(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: byollm\nruntime: python\n")
    (tmp_path / "state").mkdir()
    return tmp_path / "state"


@pytest.fixture
def engine() -> install.Engine:
    return install.ensure(lambda line: pytest.fail(f"run `port-byollm engine install` first: {line}"))


@pytest.fixture
def env(backend: Path, engine: install.Engine) -> dict[str, str]:
    return applied(
        engine_environment(engine)
        | {
            "PULUMI_BACKEND_URL": backend.as_uri(),
            "PULUMI_HOME": str(backend.parent / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "trial",
            "PULUMI_STACK": "local",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PORT_BYOLLM_PYTHON": sys.executable,
        }
    )


def up(engine: install.Engine, env: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(engine.path), "up", "--yes", "--skip-preview", "--non-interactive", "--color=never"]
    return subprocess.run(
        command, env=env, cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def lock(backend: Path, pid: int) -> Path:
    path = backend / ".pulumi/locks/organization/byollm/local/0.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"pid": pid, "hostname": "here"}))
    return path


def test_the_stack_is_created(backend: Path, engine: install.Engine, env: dict[str, str]) -> None:
    state = LocalState(backend.as_uri())
    assert not state.exists()

    state.create(engine.path, env, backend.parent)

    assert state.exists()
    assert not list((backend.parent / "home").glob("workspaces/*"))


def test_an_update_that_was_killed_can_be_run_again(
    backend: Path, engine: install.Engine, env: dict[str, str]
) -> None:
    state = LocalState(backend.as_uri())
    state.create(engine.path, env, backend.parent)
    (backend.parent / "__main__.py").write_text(
        "import pathlib, time\npathlib.Path('running').touch()\ntime.sleep(60)\n"
    )
    with subprocess.Popen(
        [engine.path, "up", "--yes", "--skip-preview"], env=env, cwd=backend.parent
    ) as killed:
        deadline = time.monotonic() + 30
        while not (backend.parent / "running").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        killed.kill()
    (backend.parent / "__main__.py").write_text("import pulumi\npulumi.export('done', True)\n")
    assert "currently locked" in up(engine, env, backend.parent).stderr

    state.unlock()
    again = up(engine, env, backend.parent)

    assert again.returncode == 0, again.stderr
    assert not [path for path in (backend / ".pulumi/locks").rglob("*") if path.is_file()]


def test_the_lock_of_a_living_engine_stays(backend: Path, tmp_path: Path) -> None:
    pulumi = tmp_path / "pulumi"
    pulumi.symlink_to("/bin/sleep")
    with subprocess.Popen([pulumi, "60"]) as alive:
        time.sleep(0.1)  # a process gets its name a moment after it was started
        path = lock(backend, alive.pid)
        free = LocalState(backend.as_uri()).unlock()
        kept = path.exists()
        alive.kill()
    assert (free, kept) == (False, True)

    assert LocalState(backend.as_uri()).unlock()
    assert not path.exists()


@pytest.mark.skipif(not Path("/proc/self/comm").exists(), reason="only /proc tells one process from another")
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="a zombie is told by /proc")
def test_the_lock_of_a_killed_engine_goes_before_its_parent_has_noticed(
    backend: Path, tmp_path: Path
) -> None:
    executable = tmp_path / "pulumi"
    executable.symlink_to("/bin/sleep")
    with subprocess.Popen([executable, "60"]) as killed:
        time.sleep(0.1)  # as above
        path = lock(backend, killed.pid)
        killed.kill()
        os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)

        assert LocalState(backend.as_uri()).unlock()

    assert not path.exists()


def test_a_dead_engines_number_may_have_gone_to_another_process(backend: Path) -> None:
    path = lock(backend, os.getpid())

    LocalState(backend.as_uri()).unlock()

    assert not path.exists()


def test_pending_operations_are_settled_once(
    backend: Path, engine: install.Engine, env: dict[str, str]
) -> None:
    state = LocalState(backend.as_uri())
    state.create(engine.path, env, backend.parent)
    (backend.parent / "__main__.py").write_text("")
    up(engine, env, backend.parent)
    checkpoint = backend / ".pulumi/stacks/byollm/local.json"
    document = json.loads(checkpoint.read_text())
    resource = document["checkpoint"]["latest"]["resources"][0]
    gone = resource | {"urn": resource["urn"].replace("pulumi:pulumi:Stack", "a:b:C$d:e:F"), "type": "d:e:F"}
    document["checkpoint"]["latest"]["pending_operations"] = [{"type": "creating", "resource": gone}]
    checkpoint.write_text(json.dumps(document))
    assert "pending operations" in up(engine, env, backend.parent).stdout

    assert [str(operation) for operation in state.interrupted()] == ["creating d:e:F byollm-local"]
    state.settle({})
    assert state.interrupted() == []
    after = up(engine, env, backend.parent)

    assert after.returncode == 0, after.stderr
    assert "pending operations" not in after.stdout


def test_an_interrupted_creation_whose_id_can_be_told_is_noted_as_created(backend: Path) -> None:
    checkpoint = backend / ".pulumi/stacks/byollm/local.json"
    checkpoint.parent.mkdir(parents=True)
    begun = {
        "urn": "urn:pulumi:local::byollm::a:b:C$d:e:F::name",
        "type": "d:e:F",
        "inputs": {"name": "mine"},
    }
    latest = {"resources": [], "pending_operations": [{"type": "creating", "resource": begun}]}
    checkpoint.write_text(json.dumps({"checkpoint": {"latest": latest}}))

    state = LocalState(backend.as_uri())

    [operation] = state.interrupted()
    state.settle({operation.urn: "mine"})

    assert str(operation) == "creating d:e:F name"
    assert json.loads(checkpoint.read_text())["checkpoint"]["latest"] == {
        "resources": [begun | {"id": "mine"}],
        "pending_operations": [],
    }


def test_attributes_that_a_kill_left_half_written_are_dropped(backend: Path) -> None:
    stacks = backend / ".pulumi/stacks/byollm"
    stacks.mkdir(parents=True)
    for name, text in (("local.json.attrs", ""), ("local.json.bak.attrs", "{}"), ("local.json", "")):
        stacks.joinpath(name).write_text(text)

    LocalState(backend.as_uri()).unlock()

    assert sorted(path.name for path in stacks.iterdir()) == ["local.json", "local.json.bak.attrs"]
