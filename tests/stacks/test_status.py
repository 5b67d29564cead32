"""`port-byollm status` on a real stack."""

import json
from typing import Any

from .conftest import Local


def status(local: Local) -> dict[str, Any]:
    arguments = ("--stack", "local", "--config-file", str(local.config_file), "--json")
    said: dict[str, Any] = json.loads(local.command("status", *arguments).stdout)
    return said


def test_status_follows_the_stack(local: Local) -> None:
    empty = status(local)
    assert (empty["request"]["provider"], empty["request"]["default"]) == ("port", "system")
    assert (empty["providers"], empty["manages"], empty["externalId"]) == ([], [], None)

    local.up()
    up = status(local)
    assert (up["request"]["provider"], up["request"]["default"]) == ("bedrock", "organization")
    assert up["request"]["problem"] is None
    [bedrock] = up["providers"]
    assert (bedrock["provider"], bedrock["managed"]) == ("bedrock", True)
    managed = {(each["type"], each["id"]) for each in up["manages"]}
    assert {
        ("aws:iam/role:Role", "port-byollm-local"),
        ("port-byollm:index:LlmDefaults", "defaults"),
    } <= managed
    assert up["externalId"]["previousAccepted"] is False

    local.configure(bedrock={"externalId": {"rotation": "2", "previousUntil": "2026-01-01"}})
    local.up()
    rotated = status(local)["externalId"]
    assert (rotated["rotation"], rotated["secretName"]) == ("2", "BEDROCK_ROLE_EXTERNAL_ID-2")
    assert rotated["since"] > up["externalId"]["since"]
    assert (rotated["previousAccepted"], rotated["previousUntil"]) == (True, "2026-01-01")
    text = local.command("status", "--stack", "local", "--config-file", str(local.config_file)).stdout
    assert "That day has passed" in text


def test_status_fails_where_port_cannot_be_read(local: Local) -> None:
    options = ("--stack", "local", "--config-file", str(local.config_file))
    local.command("pulumi", "config", "set", "port-byollm:clientId", "nobody", *options)

    done = local.command("status", *options, check=False)

    assert done.returncode == 1
    assert "Port does not accept the credentials" in done.stderr
