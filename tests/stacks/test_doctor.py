"""`port-byollm doctor` before an update, on the stack as the repository has it and on one with mistakes."""

import json
from typing import Any

from .conftest import Local


def _doctor(local: Local, *, exit_code: int) -> list[dict[str, Any]]:
    done = local.command(
        "doctor", "--stack", "local", "--config-file", str(local.config_file), "--json", check=False
    )
    assert done.returncode == exit_code, done.stdout + done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return found


def test_in_the_sandbox_all_is_well_from_the_start(local: Local) -> None:
    assert {each["verdict"] for each in _doctor(local, exit_code=0)} == {"OK"}


def test_a_misspelt_key_and_a_key_from_the_configuration_are_told(local: Local) -> None:
    local.configure(bedrock={"modles": []})
    options = ("--stack", "local", "--config-file", str(local.config_file))
    local.command("pulumi", "config", "set", "--secret", "--path", "byollm:openai.apiKey", "canary", *options)

    found = {each["subject"]: each for each in _doctor(local, exit_code=1)}

    assert found["preview"]["verdict"] == "PROBLEM"
    assert "byollm:bedrock.modles: unknown configuration key" in found["preview"]["found"]
    assert found["API key of openai"]["verdict"] == "OK"
    assert "canary" not in json.dumps(found)


def test_an_external_id_that_outlived_its_day_is_told_only_while_it_is_accepted(local: Local) -> None:
    local.up()
    local.configure(bedrock={"externalId": {"rotation": "1", "previousUntil": "2026-01-31"}})
    assert "external ID" not in {each["subject"] for each in _doctor(local, exit_code=0)}

    local.configure(bedrock={"externalId": {"rotation": "2", "previousUntil": "2026-01-31"}})
    local.up()

    found = {each["subject"]: each for each in _doctor(local, exit_code=1)}
    assert "2026-01-31" in found["external ID"]["found"]
