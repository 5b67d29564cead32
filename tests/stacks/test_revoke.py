"""`port-byollm revoke`: the connection is stopped at once, and the next `up` undoes it."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from port_byollm.iam.revocation import POLICY_NAME
from port_byollm.iam.trust_policy import external_ids_of

from .conftest import COMMAND, PROJECT, Local
from .test_faults import set_faults

NAME = "port-byollm-local"
HAIKU = "claude-haiku-4-5-20251001"
MODEL = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"


def revoke(local: Local) -> str:
    config = ("--config-file", str(local.config_file))
    return local.command("revoke", "--stack", "local", "--yes", *config).stdout


def trust_policy(local: Local) -> dict[str, Any]:
    document: dict[str, Any] = local.iam().get_role(RoleName=NAME)["Role"]["AssumeRolePolicyDocument"]
    return document


def connection_test(local: Local) -> str:
    """What Port's test of the connection says; nothing where it passes."""
    url = "/organizations/sandbox/llm-providers/bedrock/test"
    answer = local.port_sandbox.control.post(url)
    return answer.text if answer.is_error else ""


@contextmanager
def updating(local: Local) -> Iterator["subprocess.Popen[bytes]"]:
    """An `up` that waits for Port, with the state's lock; killed in the end."""
    arguments = ("pulumi", "up", "--yes", "--skip-preview", "--stack", "local", "--config-file")
    with subprocess.Popen(
        [COMMAND, *arguments, local.config_file],
        cwd=PROJECT,
        env=local.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            while local.port_sandbox.faults():  # what it waits for is yet to come
                assert process.poll() is None
                time.sleep(0.05)
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def session(local: Local) -> Iterator[Any]:
    """Bedrock, for who has assumed the role: a client of its runtime."""
    sts = local.aws("sts")
    role = local.iam().get_role(RoleName=NAME)["Role"]["Arn"]
    keys = sts.assume_role(RoleArn=role, RoleSessionName="port")["Credentials"]
    client = boto3.client(
        "bedrock-runtime",
        endpoint_url=local.aws_sandbox.endpoint_url,
        region_name="eu-west-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    yield client
    client.close()


def inline_policies(local: Local) -> list[str]:
    names: list[str] = local.iam().list_role_policies(RoleName=NAME)["PolicyNames"]
    return names


def test_a_session_that_was_issued_before_is_denied_and_up_undoes_it(local: Local) -> None:
    local.up()
    trust = trust_policy(local)
    with session(local) as bedrock:
        bedrock.invoke_model(modelId=MODEL, body="{}")

        said = revoke(local)

        with pytest.raises(ClientError, match="explicit deny"):
            bedrock.invoke_model(modelId=MODEL, body="{}")
    assert "sts:AssumeRole" in connection_test(local)
    assert inline_policies(local) == [POLICY_NAME]
    assert external_ids_of(trust)[0] not in said

    assert revoke(local).count("undoes it") == 1  # once more is the same

    local.up()
    assert (trust_policy(local), inline_policies(local), connection_test(local)) == (trust, [], "")
    local.up("--expect-no-changes", "--refresh")


def test_the_access_keys_of_a_user_are_deactivated_until_the_next_up(local: Local) -> None:
    local.configure(bedrock={"auth": "access-keys"})
    local.up()
    iam = local.iam()

    def found() -> tuple[list[str], list[str]]:
        keys = iam.list_access_keys(UserName=NAME)["AccessKeyMetadata"]
        return [key["Status"] for key in keys], iam.list_user_policies(UserName=NAME)["PolicyNames"]

    revoke(local)
    assert found() == (["Inactive"], [POLICY_NAME])
    assert "no active access key" in connection_test(local)

    local.up()
    assert (found(), connection_test(local)) == ((["Active"], []), "")


def test_neither_a_locked_state_nor_a_port_that_is_away_holds_it_up(local: Local) -> None:
    local.up()
    trust = trust_policy(local)
    set_faults(local, {"method": "PUT", "path": "/v1/llm-providers/bedrock", "latencySeconds": 30})
    local.configure(bedrock={"disabledModels": [HAIKU]})
    with updating(local) as update:
        set_faults(local, {"path": "/v1/*", "times": None, "drop": "request"})

        said = revoke(local)

        assert update.poll() is None
        assert "locked" in said
        assert "run the same command again" in said
    assert "sts:AssumeRole" in connection_test(local)
    set_faults(local)

    assert "`port-byollm pulumi up --stack local` undoes it" in revoke(local)
    local.up()
    assert (trust_policy(local), inline_policies(local)) == (trust, [])


def writes(local: Local, since: int) -> list[tuple[str, str]]:
    """What Port was asked to change."""
    asked = [(one["method"], one["path"].removeprefix("/v1/")) for one in local.requests()[since:]]
    return [one for one in asked if one[0] in ("PUT", "PATCH", "DELETE")]


def nothing_is_left(local: Local) -> bool:
    iam = local.iam()
    with local.port() as port:
        secrets = port.get("/v1/organization/secrets").raise_for_status().json()["secrets"]
        providers = port.get("/v1/llm-providers").raise_for_status().json()["result"]
    return [
        *secrets,
        *providers,
        *iam.list_roles()["Roles"],
        *iam.list_policies(Scope="Local")["Policies"],
    ] == []


def test_what_was_revoked_can_be_destroyed_in_the_order_of_the_page(local: Local) -> None:
    local.up()
    revoke(local)
    before = len(local.requests())

    local.pulumi("destroy", "--yes", "--skip-preview")

    assert writes(local, before) == [
        ("PUT", "llm-providers/defaults"),
        ("DELETE", "llm-providers/bedrock"),
        ("DELETE", "organization/secrets/BEDROCK_ROLE_EXTERNAL_ID"),
    ]
    assert nothing_is_left(local)


def test_leaving_for_good_step_by_step(local: Local) -> None:
    local.up()

    local.configure(defaults=None)
    local.up()
    with local.port() as port:
        default = port.get("/v1/llm-providers/defaults").json()["result"]["provider"]
    assert (default, connection_test(local)) == ("port", "")

    local.pulumi("destroy", "--yes", "--skip-preview")
    assert nothing_is_left(local)
    audit = local.port_sandbox.control.get("/organizations/sandbox/audit").json()
    assert audit["audits"] != []  # which nobody takes away

    local.command("pulumi", "stack", "rm", "local", "--yes", "--preserve-config")
