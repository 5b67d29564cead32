"""The fixtures as platform teams have them, and this suite too."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pulumi
import pytest
from pulumi.automation import CommandError

from port_byollm import LlmDefaults, Secret
from port_byollm.errors import ConfigError
from port_byollm_sandbox import lifecycle
from port_byollm_sandbox.errors import SandboxError
from port_byollm_sandbox.testing import AwsSandbox, PortSandbox, PulumiSandbox

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs/testing.md").read_text()
HEAVY = ("pulumi", "pulumi_aws", "boto3", "moto", "httpx", "pydantic", "port_byollm", "starlette")
SECRETS = "/v1/organization/secrets"
END_SECONDS = 20.0


def a_secret() -> None:
    name = pulumi.Config("team").get("secret") or "ours"
    pulumi.export("name", Secret("secret", secret_name=name, secret_value="a-value").secret_name)


def secrets(port: PortSandbox) -> list[str]:
    return [one["secretName"] for one in port.admin.get(SECRETS).raise_for_status().json()["secrets"]]


def pytest_in(directory: Path, *arguments: str) -> list[str | Path]:
    """The command of a run of pytest there, as a team's own with warnings as errors."""
    ini = directory / "pytest.ini"
    if not ini.exists():
        ini.write_text("[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\n")
    return [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
        "--basetemp", directory / "tmp", "--rootdir", directory, *arguments, directory,
    ]  # fmt: skip


def run_pytest(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        pytest_in(directory, *arguments),
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def processes_of(directory: Path) -> list[str]:
    """Command lines of those that are at work in `directory`, or have it among their arguments."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = process.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode()
            where = process.joinpath("cwd").readlink()
            if str(directory) in command or where.is_relative_to(directory):
                found.append(command)
    return found


def wait_until(holds: Callable[[], bool], seconds: float = END_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_pages_examples_run(tmp_path: Path) -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    for number, example in enumerate(examples):
        (tmp_path / f"test_example_{number}.py").write_text(example)
    infra = tmp_path / "infra"
    infra.mkdir()
    for name in ("Pulumi.yaml", "components", "stacks", ".venv"):
        (infra / name).symlink_to(PROJECT / name)

    done = run_pytest(tmp_path)

    assert re.search(r"^3 passed", done.stdout, re.MULTILINE), done.stdout + done.stderr
    assert processes_of(tmp_path) == []


def test_the_first_example_has_ten_lines() -> None:
    [first, *_] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len([line for line in first.splitlines() if line]) <= 10


def test_a_run_that_asks_for_no_sandbox_imports_nothing_of_it() -> None:
    program = (
        f"import port_byollm_sandbox.pytest_plugin, sys; print([n for n in {HEAVY} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_function_is_a_program(pulumi_sandbox: PulumiSandbox, port_sandbox: PortSandbox) -> None:
    stack = pulumi_sandbox.stack(a_secret)
    assert stack.preview().change_summary == {"create": 2}
    assert port_sandbox.requests() == []

    assert stack.up().outputs["name"].value == "ours"
    assert secrets(port_sandbox) == ["ours"]

    changed = pulumi_sandbox.stack(a_secret, config={"team:secret": "theirs"})
    assert changed.up().outputs["name"].value == "theirs"
    assert secrets(port_sandbox) == ["theirs"]

    changed.destroy()
    assert secrets(port_sandbox) == []


def test_a_program_that_fails_says_why(pulumi_sandbox: PulumiSandbox) -> None:
    def program() -> None:
        LlmDefaults("defaults", provider="bedrock", model="claude-haiku-4-5-20251001")

    with pytest.raises(CommandError, match="LLMProviderNotFoundError"):
        pulumi_sandbox.stack(program).up()


def test_a_project_is_only_read(pulumi_sandbox: PulumiSandbox, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    project.joinpath("Pulumi.yaml").write_text(
        "{name: team, runtime: python, main: program, stackConfigDir: config}"
    )
    project.joinpath("program").mkdir()
    project.joinpath("program/__main__.py").write_text(
        "import pulumi; c = pulumi.Config(); pulumi.export('said', [c.get('one'), c.get_object('two')])"
    )
    project.joinpath("config").mkdir()
    project.joinpath("config/Pulumi.local.yaml").write_text("config: {team:one: file, team:two: file}")
    before = contents(project)

    stack = pulumi_sandbox.stack(project, config={"team:two": {"laid": "over"}})

    assert stack.up().outputs["said"].value == ["file", {"laid": "over"}]
    assert stack.up().summary.resource_changes == {"same": 1}
    assert contents(project) == before


def contents(folder: Path) -> dict[Path, bytes]:
    """Of all files but the bytecode that Python itself leaves beside a program."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def test_a_folder_that_is_no_project_is_refused(pulumi_sandbox: PulumiSandbox, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no Pulumi\.yaml"):
        pulumi_sandbox.stack(tmp_path)


def test_the_environment_is_the_sandboxes_while_there_is_a_stack(
    pulumi_sandbox: PulumiSandbox, port_sandbox: PortSandbox, aws_sandbox: AwsSandbox
) -> None:
    assert os.environ["PORT_BASE_URL"] == port_sandbox.base_url
    assert os.environ["AWS_ENDPOINT_URL"] == aws_sandbox.endpoint_url
    done = subprocess.run(["port-byollm", "sandbox", "status"], capture_output=True, text=True, check=True)
    assert port_sandbox.base_url in done.stdout


def test_the_environment_is_ones_own_without(port_sandbox: PortSandbox) -> None:
    assert os.environ.get("PORT_BASE_URL") != port_sandbox.base_url
    assert "PORT_BYOLLM_SANDBOX_DIR" not in os.environ


def test_members_read_and_journal_tells(port_sandbox: PortSandbox) -> None:
    assert port_sandbox.member.get("/v1/llm-providers").status_code == 200
    assert port_sandbox.member.delete("/v1/llm-providers/openai").status_code == 403
    assert port_sandbox.requests()[-1] == {
        "method": "DELETE",
        "path": "/v1/llm-providers/openai",
        "status": 403,
    }


def test_organizations_do_not_see_each_other(port_sandbox: PortSandbox) -> None:
    theirs = port_sandbox.client(port_sandbox.organization("theirs", "us")["admin"])
    theirs.post(SECRETS, json={"secretName": "one", "secretValue": "x"}).raise_for_status()
    assert secrets(port_sandbox) == []
    with pytest.raises(SandboxError, match="'theirs' already exists"):
        port_sandbox.organization("theirs")


def test_faults_happen_and_are_told(port_sandbox: PortSandbox) -> None:
    port_sandbox.add_fault("/v1/llm-providers*", status=503)
    assert port_sandbox.admin.get("/v1/llm-providers").status_code == 503
    assert port_sandbox.faults() == []
    assert port_sandbox.admin.get("/v1/llm-providers").status_code == 200
    with pytest.raises(SandboxError, match="latencySeconds"):
        port_sandbox.add_fault("/v1/*")


def test_accounts_of_aws_are_apart(aws_sandbox: AwsSandbox) -> None:
    aws_sandbox.client("iam").create_user(UserName="ours")
    other = aws_sandbox.client("iam", account_id="222233334444")
    assert other.list_users()["Users"] == []
    assert aws_sandbox.client("sts").get_caller_identity()["Account"] == aws_sandbox.account_id


@pytest.mark.parametrize("time", ["first", "second"])
def test_each_test_finds_it_empty(time: str, port_sandbox: PortSandbox, aws_sandbox: AwsSandbox) -> None:
    assert port_sandbox.requests() == port_sandbox.faults() == []
    assert secrets(port_sandbox) == []
    assert aws_sandbox.client("iam").list_users()["Users"] == []
    port_sandbox.admin.post(SECRETS, json={"secretName": "one", "secretValue": "x"}).raise_for_status()
    port_sandbox.add_fault("/v1/*", status=503)
    aws_sandbox.client("iam").create_user(UserName="someone")


@pytest.mark.parametrize("time", ["first", "second"])
def test_one_that_a_test_has_ended_is_started_again(time: str, pulumi_sandbox: PulumiSandbox) -> None:
    directory = Path(os.environ["PORT_BYOLLM_SANDBOX_DIR"])
    assert lifecycle.status(directory) is not None
    lifecycle.stop(directory)


def test_each_worker_has_its_own_and_shares_it_as_long_as_told(tmp_path: Path) -> None:
    tmp_path.joinpath("pytest.ini").write_text("[pytest]\nport_byollm_sandbox_scope = module\n")
    for name in ("one", "other"):
        tmp_path.joinpath(f"test_{name}.py").write_text(
            textwrap.dedent(
                f"""
                from pathlib import Path
                import pytest

                @pytest.fixture(scope="module")
                def made(port_sandbox):
                    Path("{tmp_path}/{name}").write_text(port_sandbox.base_url)
                    port_sandbox.admin.post("{SECRETS}", json={{"secretName": "x", "secretValue": "x"}})

                @pytest.mark.parametrize("time", range(2))
                def test_{name}(made, port_sandbox, time):
                    assert len(port_sandbox.admin.get("{SECRETS}").json()["secrets"]) == 1
                """
            )
        )
    done = run_pytest(tmp_path, "-n", "2", "--dist", "loadfile")
    assert re.search(r"^4 passed", done.stdout, re.MULTILINE), done.stdout + done.stderr
    assert (tmp_path / "one").read_text() != (tmp_path / "other").read_text()
    assert processes_of(tmp_path) == []


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for left processes in /proc")
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGKILL], ids=lambda by: by.name)
def test_nothing_is_left_of_a_run_that_ends_in_an_update(tmp_path: Path, by: signal.Signals) -> None:
    infra = tmp_path / "infra"
    infra.mkdir()
    infra.joinpath("Pulumi.yaml").write_text("{name: team, runtime: python}")
    infra.joinpath("__main__.py").write_text(
        f"import pathlib, time; pathlib.Path('{tmp_path}/reached').touch(); time.sleep(5)"
    )
    tmp_path.joinpath("test_it.py").write_text(
        "from pathlib import Path\n"
        "def test_it(pulumi_sandbox, port_sandbox):\n"
        "    pulumi_sandbox.stack(Path(__file__).with_name('infra')).up()\n"
    )
    with subprocess.Popen(
        pytest_in(tmp_path), cwd=tmp_path, stdout=subprocess.DEVNULL, start_new_session=True
    ) as run:
        wait_until((tmp_path / "reached").exists, 60)
        if by is signal.SIGINT:
            os.killpg(run.pid, by)  # as the terminal does
        else:
            run.kill()
        run.wait(60)
    wait_until(lambda: processes_of(tmp_path) == [], 40)
