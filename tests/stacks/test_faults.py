"""Port is slow, busy, broken or cut off: every update ends right, with nothing doubled and nothing lost."""

from typing import Any

import pytest

from .conftest import Local

WRITES = [
    ("POST", "/v1/organization/secrets"),
    ("POST", "/v1/llm-providers"),
    ("PUT", "/v1/llm-providers/defaults"),
    ("DELETE", "/v1/*"),
    ("DELETE", "/v1/*"),
]
FAULTS: dict[str, list[dict[str, Any]]] = {
    "each write is cut off before it counts": [
        {"method": method, "path": path, "drop": "request"} for method, path in WRITES
    ],
    "each write is cut off before its answer": [
        {"method": method, "path": path, "drop": "response"} for method, path in WRITES
    ],
    "one after another": [
        {"path": "/v1/[lo]*", **effect}
        for effect in (
            {"latencySeconds": 0.2},
            {"status": 429, "headers": {"Retry-After": "1"}},
            {"status": 503},
            {"status": 502, "body": "<html>Bad gateway</html>"},
            {"drop": "request"},
            {"drop": "response"},
            {"expireToken": True},
        )
    ],
}


def set_faults(local: Local, *faults: dict[str, Any]) -> None:
    """In place of those that are set."""
    local.port_sandbox.clear_faults()
    for fault in faults:
        local.port_sandbox.add_fault(**fault)


def in_port(local: Local) -> tuple[list[str], list[str]]:
    """Names of the secrets and of the providers that the organization has."""
    with local.port() as port:
        secrets = port.get("/v1/organization/secrets").raise_for_status().json()["secrets"]
        providers = port.get("/v1/llm-providers").raise_for_status().json()["result"]
    return [one["secretName"] for one in secrets], [one["provider"] for one in providers]


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
def test_stack_comes_and_goes_under(local: Local, faults: list[dict[str, Any]]) -> None:
    set_faults(local, *faults)
    local.up()
    assert in_port(local) == (["BEDROCK_ROLE_EXTERNAL_ID"], ["bedrock"])
    before = len(local.requests())
    local.up("--expect-no-changes")
    assert len(local.requests()) == before
    local.pulumi("destroy", "--yes", "--skip-preview")
    assert local.port_sandbox.faults() == []
    assert in_port(local) == ([], [])


def test_update_goes_on_after_port_was_cut_off_for_good(local: Local) -> None:
    secrets = {"method": "POST", "path": "/v1/organization/secrets"}
    set_faults(local, {**secrets, "drop": "request", "times": None})
    assert "Port gave no answer" in local.up(check=False).stdout
    set_faults(local)
    local.up()
    assert in_port(local) == (["BEDROCK_ROLE_EXTERNAL_ID"], ["bedrock"])
