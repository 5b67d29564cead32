"""`port-byollm iam simulate`."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from port_byollm.cli.__main__ import main

USER = "arn:aws:iam::111122223333:user/ci"
MODEL = "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-v1:0"
PAGE = Path(__file__).parents[2] / "docs/iam-simulate.md"


def simulate(given: str | object) -> Result:
    text = given if isinstance(given, str) else json.dumps(given)
    return CliRunner().invoke(main, ["iam", "simulate"], input=text)


def document(*requests: dict[str, Any], **policies: Any) -> dict[str, Any]:
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    return {"identityPolicies": [allow], **policies, "requests": list(requests)}


def request(id_: str = "one", **instead: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "principal": USER,
        "action": "bedrock:InvokeModel",
        "resource": MODEL,
        "context": {},
    } | instead


def test_a_document_gives_a_list_of_decisions_in_order() -> None:
    result = simulate(document(request("b"), request("a", action="bedrock:Converse")))

    assert result.exit_code == 0
    allowed, refused = json.loads(result.output)
    assert allowed == {
        "id": "b",
        "decision": "Allowed",
        "reason": "allowed by statement 1 of identity policy 1",
    }
    assert (refused["id"], refused["decision"]) == ("a", None)
    assert refused["errors"] == [
        "request, action: bedrock:Converse is not an action: IAM authorizes it as bedrock:InvokeModel"
    ]


def test_a_list_gives_a_list_of_such_lists() -> None:
    answers = json.loads(simulate([document(request()), document(), document(request(), request())]).output)

    assert [len(answer) for answer in answers] == [1, 0, 2]
    assert json.loads(simulate([]).output) == []


def test_a_refused_policy_refuses_every_request_and_names_every_place() -> None:
    bad = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*"}]}
    result = simulate(
        document(request(), request("two", resource="x"), permissionBoundary=bad, scps=[[bad], []])
    )

    assert result.exit_code == 0
    one, two = json.loads(result.output)
    assert one["decision"] is two["decision"] is None
    assert [error.partition(":")[0] for error in one["errors"]] == [
        "the permission boundary, statement 1",
        "SCP 1 of level 1, statement 1",
    ]
    assert two["errors"] == one["errors"]


@pytest.mark.parametrize(
    ("instead", "error"),
    [
        ({"principal": None}, "request, principal: is not text"),
        ({"action": ["s3:GetObject"]}, "request, action: is not text"),
        ({"context": ["aws:x"]}, "request, context: is not an object"),
        ({"context": {"aws:x": {}}}, "request, context: aws:x is neither text nor a list of texts"),
        ({"resourceAccount": "1"}, "request, resourceAccount: '1' is not an account id of 12 digits"),
        ({"Resource": MODEL}, "request: has the unknown element 'Resource'"),
    ],
)
def test_a_request_that_is_none_is_refused(instead: dict[str, Any], error: str) -> None:
    [answer] = json.loads(simulate(document(request(**instead))).output)
    assert (answer["decision"], answer["errors"]) == (None, [error])


def test_a_request_without_its_elements_is_refused() -> None:
    [answer] = json.loads(simulate(document({"id": 1})).output)
    assert answer["errors"] == ["request: has no principal and no action and no resource"]


def test_context_may_hold_json_booleans_and_numbers() -> None:
    allow = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "*",
                "Resource": "*",
                "Condition": {
                    "Bool": {"aws:SecureTransport": "true"},
                    "NumericLessThan": {"aws:MultiFactorAuthAge": "60"},
                },
            }
        ],
    }
    context = {"aws:SecureTransport": True, "aws:MultiFactorAuthAge": 59}
    given = {"identityPolicies": [allow], "requests": [request(context=context)]}
    assert json.loads(simulate(given).output)[0]["decision"] == "Allowed"


def test_scps_of_one_level_or_of_several() -> None:
    [allow] = document()["identityPolicies"]
    nothing = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
    }
    levels: list[tuple[Any, str]] = [
        ([nothing, allow], "Allowed"),
        ([[nothing], [allow]], "ImplicitlyDenied"),
        ([[nothing, allow], [allow]], "Allowed"),
        ([], "Allowed"),
        ([[]], "ImplicitlyDenied"),
        (None, "Allowed"),
    ]
    for scps, decision in levels:
        [answer] = json.loads(simulate(document(request(), scps=scps)).output)
        assert answer["decision"] == decision, scps
    others: list[Any] = ["*", [[nothing], nothing], [["*"]], [None]]
    for given in others:
        [answer] = json.loads(simulate(document(request(), scps=given)).output)
        assert answer["decision"] is None, given


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "is not JSON"),
        ('{"requests": [],}', "is not JSON"),
        ('{"requests": [{"context": {"aws:x": NaN}}]}', "NaN is not a JSON number"),
        ('{"requests": [], "requests": []}', "an object has the key 'requests' twice"),
        ("[" * 100_000, "is not JSON"),
        ("7", "input: is neither an object nor a list of objects"),
        ("[7]", "input: is neither an object nor a list of objects"),
        ("{}", "requests: is not a list of objects"),
        ('{"requests": [7]}', "requests: is not a list of objects"),
        ('{"requests": [], "scp": []}', "scp: is not a key of this document; its keys are identityPolicies"),
    ],
)
def test_input_of_another_form_is_an_error(text: str, error: str) -> None:
    result = simulate(text)

    assert result.exit_code == 1
    assert error in result.output
    assert "Traceback" not in result.output


def test_reads_a_file_too(tmp_path: Path) -> None:
    file = tmp_path / "questions.json"
    file.write_text(json.dumps(document(request())))
    result = CliRunner().invoke(main, ["iam", "simulate", str(file)])
    assert json.loads(result.output)[0]["decision"] == "Allowed"


def test_the_example_of_the_documentation() -> None:
    given, answers = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert json.loads(simulate(given).output) == json.loads(answers)


def test_help() -> None:
    result = CliRunner().invoke(main, ["iam", "simulate", "--help"])
    assert result.exit_code == 0
    assert "null if IAM would reject" in result.output
