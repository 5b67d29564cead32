"""`port-byollm diagnose`: each fault on a request's way is made, and told from the others."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.cli.verify.page import shows

from port_byollm.cli.__main__ import main
from port_byollm.cli.diagnose.diagnosis import EXIT_STATUS

from .conftest import PROJECT, Local
from .test_faults import set_faults

NAME = "port-byollm-local"
PAGE = (PROJECT / "docs/diagnose.md").read_text()
HAIKU = "claude-haiku-4-5-20251001"
SONNET = "claude-sonnet-4-5-20250929"
RETIRED = "claude-sonnet-4-20250514"


@pytest.fixture(autouse=True)
def in_the_project(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command runs in this process: there are many, and each would wait for its imports."""
    monkeypatch.chdir(PROJECT)
    for name, value in local.environment.items():
        monkeypatch.setenv(name, value)


def run(local: Local, *arguments: str) -> Result:
    options = ("--stack", "local", "--config-file", str(local.config_file))
    return CliRunner().invoke(main, ["diagnose", *options, *arguments])


def diagnose(local: Local, *arguments: str) -> dict[str, Any]:
    done = run(local, "--json", *arguments)
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.exit_code == EXIT_STATUS[found["verdict"]]
    return found


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trusting(local: Local, **statement: Any) -> None:
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", **statement}
    local.iam().update_assume_role_policy(RoleName=NAME, PolicyDocument=document(**allowed))


def metric(local: Local, name: str, count: int) -> None:
    model = {"Name": "ModelId", "Value": f"eu.anthropic.{SONNET}-v1:0"}
    data = {"MetricName": name, "Dimensions": [model], "Timestamp": datetime.now(UTC), "Value": count}
    local.aws("cloudwatch").put_metric_data(Namespace="AWS/Bedrock", MetricData=[data])


def failing_test(local: Local, said: str) -> None:
    body = {
        "ok": False,
        "error": "LLMProviderModelTestError",
        "message": "Connection test failed",
        "details": {"testedModels": {SONNET: {"isValid": False, "message": said}}},
    }
    set_faults(local, {"method": "PUT", "path": "/v1/llm-providers/bedrock", "status": 400, "body": body})


def token_refused(local: Local) -> None:
    set_faults(local, {"path": "/v1/auth/access_token", "status": 401, "times": None})


def port_fails(local: Local) -> None:
    set_faults(local, {"path": "/v1/organization", "status": 503, "times": None})


def quota_used_up(local: Local) -> None:
    local.port_sandbox.control.patch("/settings", json={"monthlyInvocations": 0}).raise_for_status()
    with local.port() as port:
        default = {"provider": "port", "model": SONNET}
        port.put("/v1/llm-providers/defaults", json=default).raise_for_status()


def unregistered(local: Local) -> None:
    with local.port() as port:
        port.delete("/v1/llm-providers/bedrock").raise_for_status()


def disabled(local: Local) -> None:
    with local.port() as port:
        config = port.get("/v1/llm-providers/bedrock").json()["result"]["config"]
        body = {"config": config, "enabled": False}
        port.put("/v1/llm-providers/bedrock", json=body).raise_for_status()


def model_off(local: Local) -> None:
    with local.port() as port:
        found = port.get("/v1/llm-providers/bedrock").json()["result"]
        models = {name: {"enabled": False} for name in found["effectiveModels"]}
        body = {"config": found["config"], "enabled": True, "overrides": {"models": models}}
        port.put("/v1/llm-providers/bedrock", json=body).raise_for_status()


def secret_gone(local: Local) -> None:
    with local.port() as port:
        port.delete("/v1/organization/secrets/BEDROCK_ROLE_EXTERNAL_ID").raise_for_status()


def secret_changed(local: Local) -> None:
    with local.port() as port:
        value = {"secretValue": "another-value"}
        port.patch("/v1/organization/secrets/BEDROCK_ROLE_EXTERNAL_ID", json=value).raise_for_status()


def role_gone(local: Local) -> None:
    iam = local.iam()
    for name in iam.list_role_policies(RoleName=NAME)["PolicyNames"]:
        iam.delete_role_policy(RoleName=NAME, PolicyName=name)
    iam.delete_role(RoleName=NAME)


def principal_made_anew(local: Local) -> None:
    trusting(local, Principal={"AWS": "AROAEXAMPLEGATEWAY1A2"})


def other_external_id(local: Local) -> None:
    trust = local.iam().get_role(RoleName=NAME)["Role"]["AssumeRolePolicyDocument"]
    [statement] = trust["Statement"]
    trusting(
        local,
        Principal=statement["Principal"],
        Condition={"StringEquals": {"sts:ExternalId": "canary-external-id"}},
    )


def revoked(local: Local) -> None:
    local.command("revoke", "--stack", "local", "--yes", "--config-file", str(local.config_file))


def policy_detached(local: Local) -> None:
    iam = local.iam()
    for policy in iam.list_attached_role_policies(RoleName=NAME)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=NAME, PolicyArn=policy["PolicyArn"])


def bounded(local: Local) -> None:
    iam, other = local.iam(), document(Effect="Allow", Action="s3:*", Resource="*")
    arn = iam.create_policy(PolicyName="boundary", PolicyDocument=other)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName=NAME, PermissionsBoundary=arn)


def throttled(local: Local) -> None:
    metric(local, "InvocationThrottles", 7)


# From the end of a request's way to its beginning: each is found although those after it are there, too.
FAULTS: list[tuple[Callable[[Local], None], str, str, str]] = [
    (throttled, f"throttling of {SONNET}", "AWS", "throttled 7 invocations"),
    (bounded, "boundary", "OURS", "boundary"),
    (policy_detached, "permissions", "OURS", "bedrock:InvokeModel"),
    (other_external_id, "trust", "OURS", "sts:ExternalId"),
    (principal_made_anew, "trust", "OURS", "AROAEXAMPLEGATEWAY1A2"),
    (revoked, "trust", "OURS", "was revoked"),
    (role_gone, "trust", "OURS", f"AWS has no role arn:aws:iam::111122223333:role/{NAME}"),
    (secret_changed, "secret of bedrock", "OURS", "was changed in Port"),
    (secret_gone, "secret of bedrock", "OURS", "does not have"),
    (model_off, "model", "OURS", "not enabled for bedrock"),
    (disabled, "provider bedrock", "OURS", "disabled"),
    (unregistered, "provider bedrock", "OURS", "no longer registered"),
    (quota_used_up, "quota", "PORT", "0 of 0 invocations"),
    (port_fails, "token", "PORT", "status 503"),
    (token_refused, "token", "OURS", "does not accept the credentials"),
]


def test_the_first_fault_on_a_requests_way_is_the_cause(local: Local) -> None:
    local.up()
    for make, step, side, says in FAULTS:
        make(local)

        found = diagnose(local)

        cause = found["cause"]
        assert (make, cause["subject"], found["verdict"]) == (make, step, side), found
        assert says in cause["found"]
        assert cause["nextStep"]
        assert "canary" not in json.dumps(found)
        if make is revoked:
            [example] = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
            assert shows(example, run(local).stdout)


def test_where_all_is_well_nothing_is_found(local: Local) -> None:
    local.up()
    before = local.requests()

    untested = run(local)
    assert {one["method"] for one in local.requests()[len(before) :]} == {"GET", "POST"}  # POST: the token
    tested = run(local, "--test")
    assert (untested.exit_code, tested.exit_code) == (0, 0)
    assert untested.output.endswith("-> run with --test for that\n")
    assert "--test" not in tested.output
    for said in (untested.output, tested.output):
        assert "\nNo fault found" in said
        assert "UNKNOWN" not in said

    for said, side in (
        ("ThrottlingException: Too many requests", "AWS"),
        ("AccessDeniedException: User: arn is not authorized", "OURS"),
        ("What nobody has ever read", "UNKNOWN"),
    ):
        failing_test(local, said)
        found = diagnose(local, "--test")
        assert found["verdict"] == side
        assert said in found["findings"][-1]["found"]
        assert found["findings"][-1]["subject"] == "test of bedrock"

    set_faults(local, {"path": "/v1/*", "drop": "request", "times": None})
    away = diagnose(local)
    assert (away["verdict"], away["cause"]["subject"]) == ("UNKNOWN", "token")


def test_a_model_that_is_retired(local: Local) -> None:
    local.configure(bedrock={"models": [RETIRED], "allowEndOfLife": True}, defaults=None)
    local.up()

    found = diagnose(local)

    assert (found["verdict"], found["cause"]["subject"]) == ("AWS", f"lifecycle of {RETIRED}")
    assert "2026-10-14" in found["cause"]["found"]


def test_an_access_key_that_is_inactive(local: Local) -> None:
    local.configure(bedrock={"auth": "access-keys"})
    local.up()
    [key] = local.iam().list_access_keys(UserName=NAME)["AccessKeyMetadata"]
    local.iam().update_access_key(UserName=NAME, AccessKeyId=key["AccessKeyId"], Status="Inactive")

    found = diagnose(local)

    assert (found["verdict"], found["cause"]["subject"]) == ("OURS", "trust")
    assert key["AccessKeyId"] in found["cause"]["found"]


def test_a_stack_that_is_not_deployed(local: Local) -> None:
    done = run(local)
    assert (done.exit_code, "`port-byollm doctor`" in done.output) == (1, True)
