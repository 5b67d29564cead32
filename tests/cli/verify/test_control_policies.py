"""SCPs and RCPs as files."""

import json
from typing import Any

import pytest

from port_byollm.cli.verify.control_policies import resource_control_policies, service_control_policies
from port_byollm.errors import ConfigError

from .conftest import Write, allowing

DENY = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}
ALLOW = allowing("*")


def described(name: str, document: object) -> dict[str, Any]:
    """As `aws organizations describe-policy` answers."""
    return {"Policy": {"PolicySummary": {"Name": name}, "Content": json.dumps(document)}}


def names(write: Write, *levels: object) -> tuple[list[list[str]], list[str]]:
    files = [open(write(f"level-{number}.json", level)) for number, level in enumerate(levels, 1)]  # noqa: PTH123, SIM115
    try:
        found, notes = service_control_policies(files)
    finally:
        for file in files:
            file.close()
    return [[policy.name for policy in level] for level in found], notes


def test_each_file_is_a_level(write: Write) -> None:
    levels = [ALLOW, DENY], [ALLOW]
    assert names(write, *levels) == ([["level-1.json", "level-1.json (2)"], ["level-2.json"]], [])


def test_a_level_of_denials_is_completed_and_that_is_said(write: Write) -> None:
    found, notes = names(write, [ALLOW, DENY], DENY)
    assert found[1] == ["FullAWSAccess", "level-2.json"]
    assert notes == ["No SCP of level 2 allows anything: FullAWSAccess is assumed to be attached."]


def test_the_answers_of_aws_are_taken_as_they_are(write: Write) -> None:
    assert names(write, [described("Allow", ALLOW), described("Deny", DENY)]) == ([["Allow", "Deny"]], [])


@pytest.mark.parametrize("given", [[], {}, "text", 1, [ALLOW, {}], {"Policies": [{"Id": "p-1"}]}])
def test_anything_else_is_refused(write: Write, given: object) -> None:
    if given == []:
        given = [[]]
    with pytest.raises(ConfigError, match="is neither a document nor an answer of"):
        names(write, json.loads(json.dumps(given)) if not isinstance(given, str) else [given])


def test_an_answer_with_content_that_is_not_json_is_refused(write: Write) -> None:
    answer = described("Deny", DENY)
    answer["Policy"]["Content"] = "{"
    with pytest.raises(ConfigError, match=r"level-1\.json: is not JSON"):
        names(write, answer)


def test_rcps_need_no_allow(write: Write) -> None:
    with open(write("rcp.json", DENY)) as file:  # noqa: PTH123
        [[policy]] = resource_control_policies([file])
    assert policy.document == DENY
