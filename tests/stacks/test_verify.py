"""`port-byollm verify` on a real stack: not there yet, deployed, tampered with, under an organization."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.cli.verify.page import blocks, shows

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam.trust_policy import external_ids_of

from .conftest import Local

ROLE = "port-byollm-local"
SONNET = "claude-sonnet-4-5-20250929"
HOLDS, FAILS, UNKNOWN = 0, 1, 3
_, _, region_deny = blocks("json")
REGION_DENY = json.loads(region_deny)


def run(local: Local, *arguments: str) -> subprocess.CompletedProcess[str]:
    options = ("--stack", "local", "--config-file", str(local.config_file))
    return local.command("verify", *options, *arguments, check=False)


def proof(local: Local, *arguments: str, status: int) -> dict[str, Any]:
    done = run(local, "--json", *arguments)
    assert done.returncode == status, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def failing(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [claim for claim in found["claims"] if claim["holds"] is False]


def trust_policy(local: Local) -> dict[str, Any]:
    document: dict[str, Any] = local.iam().get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    return document


def set_trust_policy(local: Local, document: dict[str, Any]) -> None:
    local.iam().update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(document))


def invoke_policy(local: Local) -> tuple[str, dict[str, Any]]:
    """ARN and document."""
    iam, [arn] = local.iam(), local.outputs()["policyArns"]
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    answer = iam.get_policy_version(PolicyArn=arn, VersionId=version)
    return arn, answer["PolicyVersion"]["Document"]


def test_what_a_preview_proves_is_what_is_deployed_then(local: Local) -> None:
    not_yet = run(local)
    assert not_yet.returncode == 1
    assert "not deployed yet; `--preview`" in not_yet.stderr

    before = proof(local, "--preview", status=HOLDS)
    local.up()
    after = proof(local, status=HOLDS)

    # The external ID is made anew by each preview that nothing follows.
    assert before["claims"] == after["claims"]
    assert proof(local, "--preview", status=HOLDS)["claims"] == after["claims"]
    called = {(claim["model"], claim["region"]) for claim in after["claims"] if claim["allowed"]}
    assert {(SONNET, "eu-west-1"), (SONNET, "eu-north-1")} <= called
    assert any("one region of each profile" in note for note in after["notes"])
    assert any("simulator was not asked" in note for note in after["notes"])
    [shown, _, _] = blocks("text")
    assert shows(shown, run(local).stdout)


def test_the_user_behind_access_keys_is_proven_too(local: Local) -> None:
    local.configure(bedrock={"auth": "access-keys"})

    before = proof(local, "--preview", status=HOLDS)
    local.up()

    assert proof(local, status=HOLDS)["claims"] == before["claims"]
    assert {claim["principal"] for claim in before["claims"]} == {"arn:aws:iam::111122223333:user/" + ROLE}


def test_each_way_of_tampering_is_named(local: Local) -> None:
    local.up()
    trust, (policy_arn, policy) = trust_policy(local), invoke_policy(local)
    iam = local.iam()

    # A destination is lost.
    removed = json.loads(
        json.dumps(policy).replace("arn:aws:bedrock:eu-north-1", "arn:aws:bedrock:eu-north-9")
    )
    iam.create_policy_version(PolicyArn=policy_arn, PolicyDocument=json.dumps(removed), SetAsDefault=True)
    lost = failing(proof(local, status=FAILS))
    assert {(claim["region"], claim["action"]) for claim in lost if claim["allowed"]} == {
        ("eu-north-1", "bedrock:InvokeModel"),
        ("eu-north-1", "bedrock:InvokeModelWithResponseStream"),
    }
    assert all("port-byollm-local-invoke" in claim["reason"] for claim in lost)
    iam.set_default_policy_version(PolicyArn=policy_arn, VersionId="v1")

    # Another account is let in.
    [statement] = trust["Statement"]
    stranger = "arn:aws:iam::444455556666:role/port-ai-bring-your-own-llm-eu-west-1"
    principals = [*GATEWAY_PRINCIPALS.values(), stranger]
    set_trust_policy(local, trust | {"Statement": [statement | {"Principal": {"AWS": principals}}]})
    widened = failing(proof(local, status=FAILS))
    assert {claim["principal"] for claim in widened} == {stranger}
    assert all("Statement1" in claim["reason"] for claim in widened)

    # No external ID is asked for any more.
    set_trust_policy(local, trust | {"Statement": [statement | {"Condition": {}}]})
    open_to_all = failing(proof(local, status=FAILS))
    assert {claim["principal"] for claim in open_to_all} == {*GATEWAY_PRINCIPALS.values()}
    assert {"none", "wrong"} <= {claim["externalId"] for claim in open_to_all}

    # The role is gone, and then comes back.
    set_trust_policy(local, trust)
    assert proof(local, status=HOLDS)["holds"] is True
    iam.detach_role_policy(RoleName=ROLE, PolicyArn=policy_arn)
    iam.delete_role(RoleName=ROLE)
    gone = run(local)
    assert gone.returncode == FAILS
    assert f"AWS has no role arn:aws:iam::111122223333:role/{ROLE}" in gone.stderr


def test_a_region_deny_is_found_and_its_printed_exemption_is_enough(local: Local, tmp_path: Path) -> None:
    scp = tmp_path / "region-deny.json"
    scp.write_text(json.dumps(REGION_DENY))

    found = proof(local, "--preview", "--scp", str(scp), status=FAILS)

    denied = {claim["region"] for claim in failing(found)}
    assert denied == {"eu-north-1", "eu-south-1", "eu-south-2", "eu-west-3"}
    assert all("DenyOtherRegions" in claim["reason"] for claim in failing(found))
    [exemption] = found["exemptions"]
    assert "DenyOtherRegions" in exemption["statement"]
    assert set(exemption["regions"]) == denied
    [_, _, shown] = blocks("text")
    assert shows(shown, run(local, "--preview", "--scp", str(scp)).stdout)

    scp.write_text(json.dumps(REGION_DENY | {"Statement": exemption["statements"]}))
    assert proof(local, "--preview", "--scp", str(scp), status=HOLDS)["exemptions"] == []


@pytest.fixture
def watched(local: Local, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where whatever runs puts its temporary files."""
    folder = local.directory / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def test_the_external_id_is_nowhere_to_be_seen(local: Local, watched: Path) -> None:
    local.up()
    page = local.directory / "proof.html"
    said = [
        run(local, *mode, *form)
        for mode in ((), ("--preview",))
        for form in ((), ("--json",), ("--html", str(page)))
    ]
    [value] = external_ids_of(trust_policy(local))

    texts = [done.stdout + done.stderr for done in said] + [page.read_text()]
    texts += [path.read_text(errors="ignore") for path in watched.rglob("*") if path.is_file()]
    assert all(value not in text for text in texts)
    assert all("current" in done.stdout for done in said)
    assert list(watched.iterdir()) == []
