import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam.trust_policy import gateway_trust
from port_byollm_sandbox import lifecycle
from port_byollm_sandbox.errors import SandboxError
from port_byollm_sandbox.sandbox import Sandbox

SECRETS = "/v1/organization/secrets"
CANARY = "canary-90ab"


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "sandbox"
    lifecycle.stop(tmp_path / "sandbox")


@contextmanager
def port(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.port_base_url, trust_env=False) as client:
        token = client.post("/v1/auth/access_token", json=sandbox.admin.to_json()).raise_for_status().json()
        client.headers["Authorization"] = f"Bearer {token['accessToken']}"
        yield client


@contextmanager
def iam(sandbox: Sandbox) -> Iterator[Any]:
    client = boto3.client(
        "iam",
        endpoint_url=sandbox.aws_endpoint_url,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    yield client
    client.close()


def fill(sandbox: Sandbox) -> None:
    """Put something into each of the three that live and die together."""
    with port(sandbox) as client:
        client.post(SECRETS, json={"secretName": "one", "secretValue": CANARY}).raise_for_status()
    with iam(sandbox) as client:
        client.create_user(UserName="someone")
    (sandbox.directory / "pulumi" / "state.json").write_text("{}")


def assert_empty(sandbox: Sandbox) -> None:
    with port(sandbox) as client:
        assert client.get(SECRETS).json()["secrets"] == []
    with iam(sandbox) as client:
        assert client.list_users()["Users"] == []
    assert list((sandbox.directory / "pulumi").iterdir()) == []


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until(holds: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_life(directory: Path) -> None:
    assert lifecycle.status(directory) is None
    sandbox = lifecycle.start(directory)
    assert lifecycle.start(directory) == sandbox == lifecycle.status(directory)
    fill(sandbox)
    assert lifecycle.start(directory) == sandbox
    with port(sandbox) as client:
        assert client.get(f"{SECRETS}/one").is_success  # starting what runs keeps what it holds

    lifecycle.reset(directory)
    assert lifecycle.status(directory) == sandbox
    assert_empty(sandbox)

    fill(sandbox)
    lifecycle.stop(directory)
    assert not is_running(sandbox.pid)
    assert lifecycle.status(directory) is None
    assert [entry.name for entry in directory.iterdir()] == ["lock"]
    lifecycle.stop(directory)  # once more is no error

    again = lifecycle.start(directory)
    assert again.admin != sandbox.admin
    assert_empty(again)


def test_only_the_owner_reads_it_and_logs_hold_no_secret(directory: Path) -> None:
    sandbox = lifecycle.start(directory)
    fill(sandbox)
    with port(sandbox) as client:
        client.post(SECRETS, json={"secretName": "two", "secretValue": [CANARY]})
        client.get("/v1/nothing")
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    for name in ("sandbox.json", "sandbox.log", "emulator.db", "emulator.key"):
        assert stat.S_IMODE((directory / name).stat().st_mode) == 0o600, name
    log = (directory / "sandbox.log").read_text()
    assert sandbox.admin.client_secret not in log
    for path in directory.rglob("*"):
        assert path.is_dir() or CANARY.encode() not in path.read_bytes(), path


def test_a_killed_process_is_noticed_and_replaced_by_an_empty_one(directory: Path) -> None:
    sandbox = lifecycle.start(directory)
    fill(sandbox)
    os.kill(sandbox.pid, signal.SIGKILL)
    wait_until(lambda: lifecycle.status(directory) is None)
    again = lifecycle.start(directory)
    assert again.pid != sandbox.pid
    assert_empty(again)


def test_several_that_start_at_once_share_one(directory: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        sandboxes = list(pool.map(lifecycle.start, [directory] * 4))
    assert len({sandbox.pid for sandbox in sandboxes}) == 1


def test_it_survives_the_process_that_started_it(directory: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from port_byollm_sandbox import lifecycle;"
        "print(lifecycle.start(Path(sys.argv[1])).pid)"
    )
    # Captured output also shows that the sandbox keeps no pipe of its starter's open.
    started = subprocess.run(
        [sys.executable, "-c", code, str(directory)], capture_output=True, text=True, timeout=30, check=True
    )
    sandbox = lifecycle.status(directory)
    assert sandbox is not None
    assert sandbox.pid == int(started.stdout)


def test_it_ends_with_its_owner(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen(["sleep", "60"]) as owner:
        monkeypatch.setenv("PORT_BYOLLM_SANDBOX_OWNER", str(owner.pid))
        sandbox = lifecycle.start(directory)
        time.sleep(2.5)  # longer than it takes to look
        assert is_running(sandbox.pid)
        owner.kill()
    wait_until(lambda: not is_running(sandbox.pid))


def test_an_owner_that_is_no_process_is_named(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT_BYOLLM_SANDBOX_OWNER", "make")
    with pytest.raises(SandboxError, match="PORT_BYOLLM_SANDBOX_OWNER: 'make' is not a process id"):
        lifecycle.start(directory)


def test_it_ends_when_its_directory_is_gone(directory: Path) -> None:
    sandbox = lifecycle.start(directory)
    shutil.rmtree(directory)
    wait_until(lambda: not is_running(sandbox.pid))


def test_what_does_not_start_shows_its_log(
    directory: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho something is wrong >&2\nexit 3\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(SandboxError, match=r"(?s)exit status 3.*something is wrong"):
        lifecycle.start(directory)
    assert lifecycle.status(directory) is None


def test_a_reset_needs_a_running_sandbox(directory: Path) -> None:
    with pytest.raises(SandboxError, match=r"no sandbox runs in .*port-byollm sandbox start"):
        lifecycle.reset(directory)


def test_stop_removes_nothing_of_others(directory: Path) -> None:
    directory.mkdir()
    (directory / "mine").write_text("x")
    lifecycle.start(directory)
    lifecycle.stop(directory)
    assert (directory / "mine").read_text() == "x"


def test_the_users_environment_does_not_reach_the_process(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "does-not-exist")
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "999999999999")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    sandbox = lifecycle.start(directory)
    with port(sandbox) as client:
        config = {"roleArn": f"arn:aws:iam::{sandbox.aws_account_id}:role/none", "region": "eu-west-1"}
        answer = client.put(
            "/v1/llm-providers/bedrock", params={"validate_connection": "true"}, json={"config": config}
        )
    assert answer.json()["error"] == "LLMProviderModelTestError", answer.text


def test_the_vendors_are_called_with_the_keys_that_status_shows(directory: Path) -> None:
    sandbox = lifecycle.start(directory)
    with port(sandbox) as client:
        for key, status in (("wrong", 400), (sandbox.upstreams["openai"].api_key, 200)):
            client.post(SECRETS, json={"secretName": f"key-{status}", "secretValue": key})
            answer = client.put(
                "/v1/llm-providers/openai",
                params={"validate_connection": "true"},
                json={"config": {"apiKeySecretName": f"key-{status}"}},
            )
            assert answer.status_code == status, answer.text


def test_it_reads_the_catalogue_of_the_project_that_started_it(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    (project / "below").mkdir(parents=True)
    (project / "Pulumi.yaml").touch()
    monkeypatch.delenv("PORT_BYOLLM_CATALOGUE", raising=False)
    monkeypatch.chdir(project / "below")
    sandbox = lifecycle.start(directory)
    shutil.rmtree(project / "below")
    with iam(sandbox) as client:
        trust = gateway_trust([GATEWAY_PRINCIPALS["eu"]]).to_json()
        client.create_role(RoleName="gateway", AssumeRolePolicyDocument=trust)

    def message() -> str:
        config = {"roleArn": f"arn:aws:iam::{sandbox.aws_account_id}:role/gateway", "region": "eu-west-1"}
        with port(sandbox) as client:
            answer = client.put(
                "/v1/llm-providers/bedrock", params={"validate_connection": "true"}, json={"config": config}
            )
        [text, *_] = [model["message"] for model in answer.json()["details"]["testedModels"].values()]
        return str(text)

    assert message().startswith("AccessDeniedException")
    (project / "port-byollm-catalogue.json").write_text('{"regions": {"eu-west-1": {}}, "models": {}}')
    assert message().startswith("ValidationException: no inference profile")


def test_a_stop_while_it_starts_leaves_nothing(directory: Path) -> None:
    errors: list[SandboxError] = []

    def start() -> None:
        try:
            lifecycle.start(directory)
        except SandboxError as error:
            errors.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    while not (directory / "lock").exists():
        time.sleep(0.001)
    time.sleep(0.1)
    lifecycle.stop(directory)
    thread.join(30)
    assert not thread.is_alive()
    assert lifecycle.status(directory) is None
