"""Documents that IAM would refuse."""

import json

import pytest

from port_byollm.iam.witnesses import without_values

from .conftest import EXTERNAL_ID, Judge, allowing, invoke_policy, managed, role, trust_policy

POLICY, ROLE = "aws:iam/policy:Policy", "aws:iam/role:Role"


def test_documents_that_iam_takes_pass(judge: Judge) -> None:
    assert judge(POLICY, managed(invoke_policy())) == []
    assert judge(ROLE, role()) == []
    assert judge(POLICY, managed(allowing("sts:AssumeRole", "arn:aws:iam::111122223333:role/other"))) == []


def test_text_that_is_no_json_is_found_and_not_quoted(judge: Judge) -> None:
    assert judge(POLICY, {"policy": f'{{"Statement": {EXTERNAL_ID}'}) == [
        "policy: IAM refuses it: the document: is not JSON"
    ]


def test_misspelt_element_is_found(judge: Judge) -> None:
    [problem] = judge(POLICY, managed({"Statement": [{"Efect": "Allow", "Action": "s3:*", "Resource": "*"}]}))

    assert problem.startswith("policy: IAM refuses it: identity policy 1, statement 1")


def test_misspelt_operator_of_a_trust_policy_is_found_without_the_external_id(judge: Judge) -> None:
    trust = trust_policy()
    trust["Statement"][0]["Condition"] = {"StringEqual": {"sts:ExternalId": EXTERNAL_ID}}

    [problem] = judge(ROLE, role(trust))

    assert problem.startswith("assumeRolePolicy: IAM refuses it: ")
    assert EXTERNAL_ID not in problem


@pytest.mark.parametrize("operator", ["NumericEquals", "DateEquals", "Bool", "IpAddress", "BinaryEquals"])
def test_operator_of_another_type_does_not_show_the_external_id(judge: Judge, operator: str) -> None:
    trust = trust_policy()
    trust["Statement"][0]["Condition"] = {operator: {"sts:ExternalId": EXTERNAL_ID}}

    assert EXTERNAL_ID not in str(judge(ROLE, role(trust)))


def test_values_of_conditions_are_taken_out_of_messages() -> None:
    message = without_values(f"is {EXTERNAL_ID}, no number", json.dumps(trust_policy()))

    assert message == "is …, no number"


def test_document_that_is_too_long_is_found(judge: Judge) -> None:
    many = [f"arn:aws:bedrock:eu-west-1::foundation-model/vendor.model-{number}" for number in range(120)]

    [problem] = judge(POLICY, managed(allowing("bedrock:InvokeModel", many)))

    assert problem.endswith("characters without white space, but IAM accepts 6144")


def test_white_space_does_not_count(judge: Judge) -> None:
    document = managed(allowing("bedrock:InvokeModel", "*"))

    assert judge(POLICY, {"policy": document["policy"].replace(" ", " " * 3000)}) == []
