"""The suite writes and deletes: it must not touch an organization that nobody gave it."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from .target import ALLOW_LIST, VARIABLES, RefusedError, Target, allowed, real

PROJECT = Path(__file__).parents[2]
GENERATED = Path(__file__).with_name("test_generated.py")


@pytest.fixture
def environ(emulator: Target) -> dict[str, str]:
    """The emulator, named as an organization of Port's would be."""
    values = (emulator.base_url, emulator.client_id, emulator.client_secret)
    return dict(zip(VARIABLES, values, strict=True))


@pytest.fixture
def allow_list(tmp_path: Path) -> Path:
    path = tmp_path / "allowed.txt"
    path.write_text("# for this test\nacme  # the emulator's\n")
    return path


def run(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", str(GENERATED), "-k", "quota and organization"]
    environment = {**os.environ, **environ}
    return subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_nothing_is_allowed_unless_somebody_adds_it() -> None:
    assert allowed(ALLOW_LIST) == set()


def test_without_the_variables_there_is_no_organization() -> None:
    assert real({}) is None


@pytest.mark.parametrize("missing", VARIABLES)
def test_all_variables_belong_together(environ: dict[str, str], missing: str) -> None:
    with pytest.raises(RefusedError, match=f"^{missing} is not set"):
        real({**environ, missing: ""})


def test_credentials_do_not_travel_in_the_clear(environ: dict[str, str]) -> None:
    with pytest.raises(RefusedError, match=r"http://api\.port\.io would send credentials in the clear"):
        real({**environ, "PORT_CONTRACT_BASE_URL": "http://api.port.io"})


def test_an_organization_that_is_not_on_the_list_is_refused_before_anything_is_written(
    environ: dict[str, str], emulator: Target
) -> None:
    before = len(requests(emulator))
    with pytest.raises(RefusedError, match=r"organization 'acme' is not in .*allowed-organizations\.txt"):
        real(environ)
    assert requests(emulator)[before:] == ["POST /v1/auth/access_token", "GET /v1/organization"]


def test_the_suite_stops_where_it_is_refused(environ: dict[str, str]) -> None:
    refused = run(environ)
    assert refused.returncode == pytest.ExitCode.USAGE_ERROR
    assert "the contract suite refuses: organization 'acme' is not in" in refused.stdout
    assert "passed" not in refused.stdout


def test_the_same_suite_runs_against_an_organization_on_the_list(
    environ: dict[str, str], allow_list: Path, emulator: Target
) -> None:
    before = len(requests(emulator))
    allowed = run({**environ, "PORT_CONTRACT_ALLOW_LIST": str(allow_list)})
    assert allowed.returncode == 0, allowed.stdout
    assert "1 passed" in allowed.stdout
    assert requests(emulator)[before:].count("GET /v1/quota/ai-invocations") > 1


def requests(emulator: Target) -> list[str]:
    """What the emulator was asked so far."""
    journal = httpx.get(f"{emulator.base_url}/_emulator/requests").json()["requests"]
    return [f"{request['method']} {request['path']}" for request in journal]
