"""Bedrock signs in another way, or with other credentials, while somebody uses it all the time."""

import re
from typing import Any

import pytest

from .conftest import Local
from .killing import left_behind, moments, needs_proc, up_killed_after
from .probe import probed

KEYS: dict[str, Any] = {"auth": "access-keys"}
ROLE: dict[str, Any] = {"auth": "role"}
WAYS = {"to keys": KEYS, "to role": ROLE}
DONE = re.compile(r"^ [-+~]+ +(\S+) (\S+) (created|updated|deleted) ", re.MULTILINE)


def _config(local: Local) -> dict[str, Any]:
    with local.port() as port:
        config: dict[str, Any] = port.get("/v1/llm-providers/bedrock").json()["result"]["config"]
        return config


def _secrets(local: Local) -> set[str]:
    with local.port() as port:
        found = port.get("/v1/organization/secrets").json()["secrets"]
        return {secret["secretName"] for secret in found}


def test_no_request_fails_from_keys_to_role_and_back_and_through_rotations(local: Local) -> None:
    local.configure(bedrock=KEYS)
    local.up()
    assert _secrets(local) == {"aws-bedrock-access-key-id", "aws-bedrock-secret-access-key"}

    with probed(local) as probes:
        for bedrock in (
            {**KEYS, "accessKeys": {"rotation": "2"}},
            ROLE,
            {**ROLE, "externalId": {"rotation": "2"}},
            {**ROLE, "externalId": {"rotation": "2", "keepPrevious": False}},
            KEYS,
        ):
            local.configure(bedrock=bedrock)
            local.up()
            assert probes.failures == [], bedrock

    assert local.iam().list_roles()["Roles"] == []
    [user] = local.iam().list_users()["Users"]
    [key] = local.iam().list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"]
    assert key["Status"] == "Active"
    assert _secrets(local) == {"aws-bedrock-access-key-id", "aws-bedrock-secret-access-key"}


@needs_proc
def test_no_request_fails_where_the_switch_is_killed_at_a_step_and_run_again(local: Local) -> None:
    local.up()
    killed = dict.fromkeys(WAYS, 0)
    with probed(local) as probes:
        for writes in moments(first=3):
            for way, bedrock in WAYS.items():
                local.configure(bedrock=bedrock)
                if not up_killed_after(local, writes):
                    continue
                killed[way] = writes
                assert left_behind(local) == []
                assert probes.failures == [], f"killed at checkpoint {writes}, {way}"

                local.up()

                assert probes.failures == [], f"run again after checkpoint {writes}, {way}"
                users, roles = local.iam().list_users()["Users"], local.iam().list_roles()["Roles"]
                assert len(users) + len(roles) == 1, f"checkpoint {writes}, {way}"
                assert len(_secrets(local)) == len(users) + 1
            if max(killed.values()) < writes:
                break
    assert min(killed.values()) > 15


@pytest.mark.parametrize(("before", "after"), [(KEYS, ROLE), (ROLE, KEYS)], ids=["to-role", "to-keys"])
def test_a_switch_makes_all_that_is_new_then_tells_port_then_removes_all_that_was(
    local: Local, before: dict[str, Any], after: dict[str, Any]
) -> None:
    local.configure(bedrock=before)
    local.up()
    local.configure(bedrock=after)

    steps = DONE.findall(local.up().stdout)

    [told] = [number for number, (kind, _, _) in enumerate(steps) if kind.endswith(":LlmProvider")]
    assert {verb for _, _, verb in steps[:told]} == {"created"}
    assert {verb for _, _, verb in steps[told + 1 :]} == {"deleted"}


def test_a_switch_that_port_refuses_leaves_what_there_was(local: Local) -> None:
    local.configure(bedrock=KEYS)
    local.up()
    before = _config(local)
    local.configure(bedrock={**ROLE, "validationTimeout": 1})
    # The new role is not assumable yet, for longer than the update waits.
    local.port_sandbox.add_fault("/v1/llm-providers/*", times=None, iamDelaySeconds=600)

    failed = local.up(check=False)

    local.port_sandbox.clear_faults()
    assert failed.returncode != 0
    assert _config(local) == before
    assert "aws-bedrock-secret-access-key" in _secrets(local)
    with probed(local) as probes:
        local.up()
    assert probes.failures == []
    assert local.iam().list_users()["Users"] == []


def test_no_request_fails_where_a_rotation_that_failed_is_taken_back(local: Local) -> None:
    local.up()
    with probed(local) as probes:
        local.configure(bedrock={"externalId": {"rotation": "2"}})
        local.port_sandbox.add_fault("/v1/llm-providers/bedrock", method="PUT", status=422)
        assert local.up(check=False).returncode != 0
        assert _config(local)["externalIdSecretName"] == "BEDROCK_ROLE_EXTERNAL_ID"

        local.configure(bedrock={"externalId": {"rotation": "1"}})
        local.up()
        assert probes.failures == []

    assert _secrets(local) == {"BEDROCK_ROLE_EXTERNAL_ID-3"}
    assert _config(local)["externalIdSecretName"] == "BEDROCK_ROLE_EXTERNAL_ID-3"


def test_warns_at_preview_once_the_previous_external_id_is_to_be_gone(local: Local) -> None:
    local.up()
    local.configure(bedrock={"externalId": {"rotation": "2", "previousUntil": "2026-01-31"}})
    local.up()

    previewed = local.pulumi("preview")

    assert "2026-01-31" in previewed.stdout + previewed.stderr
    local.configure(
        bedrock={"externalId": {"rotation": "2", "previousUntil": "2026-01-31", "keepPrevious": False}}
    )
    local.up()
    previewed = local.pulumi("preview")
    assert "2026-01-31" not in previewed.stdout + previewed.stderr
