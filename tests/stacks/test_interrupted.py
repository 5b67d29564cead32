"""Ctrl-C while a connection test is tried again."""

import signal
import subprocess
import time

from .conftest import COMMAND, PROJECT, Local


def test_interrupted_wait_ends_at_once_and_up_goes_on(local: Local) -> None:
    tested = {"claude-haiku-4-5-20251001": {"isValid": False, "message": "not yet"}}
    error = {"name": "LLMProviderModelTestError", "message": "failed", "details": {"testedModels": tested}}
    body = {"ok": False, "error": error}
    local.port_sandbox.add_fault("/v1/llm-providers", method="POST", times=None, status=400, body=body)
    local.command("pulumi", "stack", "init", "local", "--no-select")
    options = ["--yes", "--skip-preview", "--non-interactive", f"--config-file={local.config_file}"]
    engine = subprocess.Popen(
        [COMMAND, "pulumi", "up", "--stack", "local", *options],
        cwd=PROJECT,
        env=local.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while [one["path"] for one in local.requests()].count("/v1/llm-providers") < 3:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    engine.send_signal(signal.SIGINT)  # the third wait would take four seconds, and the fourth eight
    began = time.monotonic()
    output, _ = engine.communicate(timeout=30)
    assert time.monotonic() - began < 3
    assert engine.returncode
    assert "Interrupted while trying again" in output
    assert "claude-haiku-4-5-20251001: not yet" in output
    local.port_sandbox.clear_faults()
    local.up()
