"""The record of an update: complete, the same each time, without a secret; and what is held against it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.schema import validate

from port_byollm.cli.audit.record import SCHEMA

from .canaries import Canaries
from .conftest import PROJECT, Local

ROLE = "port-byollm-local"


@pytest.fixture
def updated(local: Local, monkeypatch: pytest.MonkeyPatch) -> Local:
    """By an update that has told its events, with the rules."""
    monkeypatch.setenv("PULUMI_DEBUG_COMMANDS", "true")
    log = str(local.directory / "events.json")
    local.up("--event-log", log, "--policy-pack", str(PROJECT / "policies"))
    return local


def audit(local: Local, verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    options = ("--stack", "local", "--config-file", str(local.config_file))
    return local.command("audit", verb, *options, *arguments, check=False)


def record(local: Local, name: str = "record.json") -> dict[str, Any]:
    path = local.directory / name
    log = str(local.directory / "events.json")
    done = audit(local, "record", "--event-log", log, "--output", str(path))
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_a_record_of_an_update(updated: Local) -> None:
    found = record(updated)

    validate(found, json.loads(SCHEMA.read_text()))
    assert found["update"]["result"] == "succeeded"
    created = found["update"]["operations"]["create"]
    assert any(urn.endswith("$aws:iam/role:Role::bedrock") for urn in created)
    assert found["rules"]["holds"] is True
    assert "trust-only-gateway" in found["rules"]["passed"]
    assert found["proof"]["holds"] is True
    assert found["identity"] == f"arn:aws:iam::111122223333:role/{ROLE}"
    assert [one["name"] for one in found["documents"]] == [f"{ROLE}-invoke", "trust policy"]
    assert found["versions"]["engine"].startswith("v3.")
    # The canaries look into every file of the test: the record and the engine's log are among them.
    assert Canaries(updated).leaks() == []

    again = record(updated, "again.json")
    assert found.pop("time") <= again.pop("time")
    assert found == again


def test_what_is_deployed_is_held_against_it(updated: Local) -> None:
    record(updated)
    path = updated.directory / "record.json"
    checked = ["sha256sum", "--check", "record.json.sha256"]
    subprocess.run(checked, cwd=updated.directory, check=True, capture_output=True)
    assert audit(updated, "verify", str(path)).returncode == 0

    iam = updated.iam()
    role = iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    role["Statement"][0]["Principal"] = {"AWS": "arn:aws:iam::444455556666:root"}
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(role))
    iam.put_role_policy(RoleName=ROLE, PolicyName="more", PolicyDocument=json.dumps(_allowing("s3:*")))

    done = audit(updated, "verify", str(path))

    assert done.returncode == 1
    assert "trust policy: it differs from what was recorded" in done.stderr
    assert "more: it exists and was not recorded" in done.stderr
    assert "-invoke:" not in done.stderr


def test_the_log_of_a_preview_is_refused(updated: Local) -> None:
    log = updated.directory / "events.json"
    updated.pulumi("preview", "--event-log", str(log))

    done = audit(updated, "record", "--event-log", str(log), "--output", str(updated.directory / "r.json"))

    assert done.returncode == 1
    assert "does not contain a finished update" in done.stderr
    assert not Path(updated.directory, "r.json").exists()


def _allowing(action: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}
