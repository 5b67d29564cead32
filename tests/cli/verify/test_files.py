"""`port-byollm verify` on documents in files."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from port_byollm.cli.verify import command

from .conftest import (
    ACCOUNT,
    EXTERNAL_ID,
    REGION,
    ROLE_ARN,
    SONNET,
    USER_ARN,
    Write,
    allowing,
    invoke_policy,
    trust_policy,
)

HOLDS, FAILS, UNKNOWN = 0, 1, 3


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Where there is no project, no engine and no AWS."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")


def verify(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["--region", REGION, "--model", SONNET, *arguments])


def failing(result: Result) -> list[dict[str, Any]]:
    return [claim for claim in json.loads(result.stdout)["claims"] if claim["holds"] is False]


def test_documents_that_hold(write: Write) -> None:
    trust, policy = write("trust.json", trust_policy(EXTERNAL_ID)), write("invoke.json", invoke_policy())

    result = verify("--identity", ROLE_ARN, "--trust", trust, "--policy", policy)

    assert result.exit_code == HOLDS, result.output
    assert result.output.startswith(f"{ROLE_ARN}\n\nWho may assume the role\n")
    assert "The proof holds" in result.output
    assert EXTERNAL_ID not in result.output


def test_documents_of_a_user(write: Write) -> None:
    policy = write("invoke.json", invoke_policy())

    assert verify("--identity", USER_ARN, "--policy", policy).exit_code == HOLDS


def test_a_role_that_asks_for_no_external_id_does_not_hold(write: Write) -> None:
    trust, policy = write("trust.json", trust_policy()), write("invoke.json", invoke_policy())

    result = verify("--identity", ROLE_ARN, "--trust", trust, "--policy", policy, "--json")

    assert result.exit_code == FAILS
    assert {claim["externalId"] for claim in failing(result)} == {"none", "wrong"}


def test_a_gateway_of_the_other_port_region_is_a_stranger(write: Write) -> None:
    trust, policy = write("trust.json", trust_policy(EXTERNAL_ID)), write("invoke.json", invoke_policy())

    result = verify(
        "--identity", ROLE_ARN, "--trust", trust, "--policy", policy, "--port-region", "eu", "--json"
    )

    assert result.exit_code == FAILS
    assert all("us-east-1" in claim["principal"] for claim in failing(result))


def test_a_boundary_counts(write: Write) -> None:
    policy, boundary = write("invoke.json", invoke_policy()), write("boundary.json", allowing("s3:*"))

    result = verify("--identity", USER_ARN, "--policy", policy, "--boundary", boundary, "--json")

    assert result.exit_code == FAILS
    assert all("boundary" in claim["reason"] for claim in failing(result))


@pytest.mark.parametrize(("version", "status"), [(":1", HOLDS), (":2", FAILS), ("", FAILS)])
def test_the_guardrail_with_its_version(write: Write, version: str, status: int) -> None:
    from port_byollm.iam.invoke_policy import Guardrail, pinned

    arn = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/gr7ac3dm1n0x"
    [document] = pinned([SONNET], "eu", REGION, ACCOUNT, Guardrail(arn, "1"))
    policy = write("invoke.json", document.to_dict())

    result = verify("--identity", USER_ARN, "--policy", policy, "--guardrail", arn + version)

    assert result.exit_code == status, result.output


def test_what_iam_would_refuse_is_unknown(write: Write) -> None:
    policy = write("invoke.json", {"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]})

    result = verify("--identity", USER_ARN, "--policy", policy)

    assert result.exit_code == UNKNOWN
    assert "IAM would refuse" in result.output


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--policy", "invoke.json"], "--policy is about documents from files; give --identity too"),
        (["--identity", USER_ARN], "documents from files need --policy, --model"),
        (["--identity", USER_ARN, "--policy", "none.json"], "No such file"),
        (["--identity", USER_ARN, "--policy", "text.json"], "text.json: is not JSON: Expecting value"),
        (["--identity", USER_ARN, "--policy", "binary.json"], "binary.json: is not JSON"),
        (["--identity", USER_ARN, "--policy", "twice.json"], "has the key 'a' twice"),
        (["--identity", ROLE_ARN, "--policy", "invoke.json"], "--trust: is missing, and a role has"),
        (["--identity", USER_ARN, "--policy", "invoke.json", "--trust", "invoke.json"], "users have none"),
        (["--identity", "gateway", "--policy", "invoke.json"], "'gateway' is not the ARN of a role or user"),
        (
            ["--identity", f"arn:aws:iam::{ACCOUNT}:group/a", "--policy", "invoke.json"],
            "is not the ARN of a role",
        ),
        (
            ["--identity", USER_ARN, "--policy", "invoke.json", "--model", "gpt-5"],
            "'gpt-5' is not on Bedrock",
        ),
        (["--identity", USER_ARN, "--policy", "invoke.json", "--preview"], "--preview is about a stack"),
        (
            ["--identity", USER_ARN, "--policy", "invoke.json", "--region", "mars-1"],
            "no inference profile can be called in 'mars-1'",
        ),
        (["--identity", USER_ARN, "--policy", "invoke.json", "--geography", "us"], "no profile in geography"),
        (
            ["--identity", USER_ARN, "--policy", "invoke.json", "--guardrail", "arn:aws:s3:::g"],
            "is not the ARN of a guardrail",
        ),
        (
            ["--identity", USER_ARN, "--policy", "invoke.json", "--scp", "twice.json"],
            "has the key 'a' twice",
        ),
    ],
)
def test_what_cannot_be_meant_is_said(write: Write, arguments: list[str], problem: str) -> None:
    write("invoke.json", invoke_policy())
    write("text.json", "Effect: Allow")
    write("twice.json", '{"a": 1, "a": 2}')
    with open("binary.json", "wb") as file:  # noqa: PTH123
        file.write(b"\xff\xfe{")

    result = verify(*arguments)

    assert result.exit_code not in (HOLDS, UNKNOWN)
    assert problem in (result.output if result.exit_code == 2 else str(result.exception))


def test_nothing_but_what_stands_in_a_file_is_taken(write: Write) -> None:
    """A policy that is a list, or text, is none; IAM takes one document."""
    policy = write("invoke.json", [invoke_policy()])

    assert verify("--identity", USER_ARN, "--policy", policy).exit_code != HOLDS
